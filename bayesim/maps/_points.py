"""Posterior draws of sources between pixels, and of the smooth emission behind them, one draw at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blurred", "holds_points", "some_points"]

Floats = NDArray[np.float64]


class Blurred(NamedTuple):
    """Sources of one shape: points, or Gaussians of a covariance (radian^2)."""

    flux: Floats
    l: Floats
    m: Floats
    shape: Floats | None


def holds_points(tree: Any) -> bool:
    """Return whether a tree's posterior holds point sources with positions of their own, and no image."""
    names = set(map(str, tree["posterior"].data_vars)) if "posterior" in tree.children else set()
    return {"flux", "l", "m"} <= names and "image" not in names


def some_points(tree: Any, *, most: int) -> Iterator[tuple[Blurred, ...]]:
    """Yield what at most ``most`` draws hold, evenly spaced over all chains: points, and Gaussians by their shape.

    All that is present, sources too faint to list included: a draw is a whole sky.
    """
    # PyMC's room takes seconds to import, and maps of an image need none of it
    from bayesim.samplers import every_source

    flux, l, m = (values.reshape(-1, values.shape[2]) for values in every_source(tree))
    kinds = _kinds(tree)
    for place in np.unique(np.linspace(0, len(flux) - 1, min(most, len(flux))).astype(np.int64)):
        present = flux[place] != 0
        points = Blurred(flux[place, present], l[place, present], m[place, present], None)
        yield points, *(kind._replace(flux=kind.flux[place]) for kind in kinds if kind.flux[place].any())


def _kinds(tree: Any) -> list[Blurred]:
    """Return the blobs of a background by shape, with the fluxes of all draws, shape (draws, blobs)."""
    if "background" not in tree["posterior"].data_vars:
        return []
    constant = tree["constant_data"].to_dataset()
    blobs = tree["posterior"].to_dataset()["background"].transpose("chain", "draw", "blob").values
    blobs = blobs.reshape(-1, blobs.shape[2])
    l, m, shapes = (constant[f"blob_{name}"].values for name in ("l", "m", "shape"))
    kinds, kind = np.unique(shapes.reshape(-1, 4), axis=0, return_inverse=True)
    own = [kind.ravel() == i for i in range(len(kinds))]
    return [Blurred(blobs[:, some], l[some], m[some], kinds[i].reshape(2, 2)) for i, some in enumerate(own)]
