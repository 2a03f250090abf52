"""The atoms of a solve: pixels in use, their fluxes, and what the inner problem needs to start warm."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.operators._contract import NormalEquations, Predicting
from bayesim.priors import Prior
from bayesim.solvers._active_set import ActiveSet
from bayesim.solvers._block_inverse import BlockInverse
from bayesim.solvers._solution import Solution

__all__ = ["Atoms"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_PRUNE = 1e-12
"""Atoms below this fraction of the brightest are zero (Jarret et al. prune relative to the peak)."""


@dataclass(frozen=True, eq=False)
class Atoms:
    """Pixels in use and their Gram matrix."""

    equations: NormalEquations
    prior: Prior
    indices: Indices
    values: Floats
    gram: Floats
    positive: bool
    inverse: BlockInverse | None = None

    @classmethod
    def begin(cls, equations: NormalEquations, prior: Prior, start: Solution | None) -> "Atoms":
        """Return the atoms of a warm start, or none; GridError where it is on another grid."""
        indices, values = np.zeros(0, dtype=np.int64), np.zeros(0)
        if start is not None:
            if start.grid != equations.grid:
                raise GridError(f"the warm start is on {start.grid}, the data on {equations.grid}")
            indices, values = start.indices, start.fluxes
        # a penalty that is infinite for a negative pixel asks for positivity
        positive = not np.isfinite(prior.value(np.array([-1.0])))
        if positive:
            indices, values = indices[values > 0], values[values > 0]
        return cls(equations, prior, indices, values, _gram(equations)(indices, indices), positive)

    def change_from(self, origin: "Atoms") -> tuple[Indices, Floats]:
        """Return pixels and fluxes to add to the sky of ``origin`` to make this one."""
        indices = np.union1d(self.indices, origin.indices)
        change = np.zeros(indices.size)
        change[np.searchsorted(indices, self.indices)] += self.values
        change[np.searchsorted(indices, origin.indices)] -= origin.values
        return indices, change

    def with_new(self, new: Indices) -> "Atoms":
        """Append atoms of zero flux."""
        between = _gram(self.equations)
        side = between(self.indices, new)
        gram = np.block([[self.gram, side], [side.T, between(new, new)]])
        indices, values = np.concatenate([self.indices, new]), np.concatenate([self.values, np.zeros(new.size)])
        return replace(self, indices=indices, values=values, gram=gram)

    def with_values(self, fit: ActiveSet) -> "Atoms":
        """Set the fluxes and drop the zeros."""
        size = np.abs(fit.values)
        keep = np.flatnonzero(size > _PRUNE * size.max(initial=0.0))
        places = np.full(size.size, -1)
        places[keep] = np.arange(keep.size)
        inverse = fit.inverse.moved(places) if fit.inverse.members.size == keep.size else None
        gram = self.gram[np.ix_(keep, keep)]
        return replace(self, indices=self.indices[keep], values=fit.values[keep], gram=gram, inverse=inverse)


def _gram(equations: NormalEquations) -> Callable[[Indices, Indices], Floats]:
    """Return the Gram matrix to work with: the rough one where there is one, as exact residuals follow."""
    return equations.rough_gram if isinstance(equations, Predicting) else equations.gram
