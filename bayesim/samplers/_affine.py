"""A model in moved, scaled and mixed coordinates: same density, same variables, one vector to sample."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WHITE", "Affine"]

Floats = NDArray[np.float64]

WHITE = "whitened"
"""Name of the vector that is sampled."""


class Affine:
    """The density of ``z``, ``x = centre + root z``, where ``x`` are the transformed variables of a model in a row.

    Parameters
    ----------
    model : pm.Model
        The model; its variables and derived ones are derived variables of :attr:`model`.
    shapes : sequence of tuples
        Of the transformed variables.
    centre : ndarray, shape (n,)
        Where ``z = 0`` lies at first; the root is the unit matrix.
    """

    def __init__(self, model: Any, shapes: Sequence[tuple[int, ...]], centre: Floats) -> None:
        # PyMC takes seconds to import, and looking at draws does not need it
        import pymc as pm
        import pytensor
        import pytensor.tensor as pt
        from pytensor.graph.replace import graph_replace

        # shared, so that moving and mixing needs no other machine code
        self._centre, self._root = pytensor.shared(centre, "centre"), pytensor.shared(np.eye(centre.size), "root")
        named = [*model.free_RVs, *model.deterministics]
        graphs = [model.logp(), *model.replace_rvs_by_values(named)]
        coords = {name: values for name, values in model.coords.items() if values is not None}
        with pm.Model(coords=coords) as self.model:
            x = self._centre + pt.dot(self._root, pm.Flat(WHITE, shape=centre.size))
            ends = np.cumsum([0, *(math.prod(shape) for shape in shapes)])
            pieces = {
                value: x[low:high].reshape(shape)
                for value, shape, low, high in zip(model.value_vars, shapes, ends[:-1], ends[1:], strict=True)
            }
            density, *variables = graph_replace(graphs, pieces)
            pm.Potential("density", density)
            for old, new in zip(named, variables, strict=True):
                dims = model.named_vars_to_dims.get(old.name)
                pm.Deterministic(old.name, new, dims=dims if dims and set(dims) <= set(coords) else None)

    @property
    def centre(self) -> Floats:
        """``x`` at ``z = 0``."""
        return np.asarray(self._centre.get_value())

    @property
    def root(self) -> Floats:
        """``dx / dz``, shape (n, n), lower triangular."""
        return np.asarray(self._root.get_value())

    def move(self, *, centre: Floats | None = None, root: Floats | None = None) -> None:
        """Take other coordinates."""
        if centre is not None:
            self._centre.set_value(centre)
        if root is not None:
            self._root.set_value(np.ascontiguousarray(root))
