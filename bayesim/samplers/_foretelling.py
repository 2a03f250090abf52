"""Densities of visibilities left out, from the draws of a chain at one lambda after the other."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayesim.data import Visibilities
from bayesim.operators import Coplanar, Nufft
from bayesim.samplers._image_chain import ImageChain
from bayesim.samplers.comparison import TRUSTED

__all__ = ["Foretelling", "Foretold"]

Floats = NDArray[np.float64]

_BATCHES = 20

_SETTLES, _SPANS = 10, 50
"""Relaxation times of the chain: before the draws of a lambda, and over which those are spread at least."""

_LONGEST = 10
"""Sweeps per draw at most."""

_BELIEVED = 0.02
"""Part of the visibilities that may have Pareto shapes above 0.7: the shape is itself an estimate, and exceeds its
limit here and there by chance."""


@dataclass(frozen=True, eq=False)
class Foretold:
    """Densities of the visibilities left out, at one lambda."""

    elpd: Floats
    """Of each, shape (n,)."""
    shape: Floats
    """Pareto shape of each, shape (n,)."""
    batches: Floats
    """What batches of draws make of the mean of ``elpd``, from the mean of all draws, shape (batches,)."""

    @property
    def untrusted(self) -> int:
        """Visibilities whose weights are not to be believed."""
        return int(np.count_nonzero(~(self.shape <= TRUSTED)))

    @property
    def believed(self) -> bool:
        """Whether they are few."""
        return self.untrusted <= _BELIEVED * self.shape.size

    def apart(self, other: Self) -> float:
        """Return the standard error of the difference of two means, over the same visibilities and random numbers."""
        spread = (self.elpd - other.elpd).std(ddof=1) / self.elpd.size**0.5
        chance = (self.batches - other.batches).std(ddof=1) / _BATCHES**0.5
        return float(np.hypot(spread, chance))


@dataclass(frozen=True, eq=False)
class Foretelling:
    """A chain and the visibilities that it is to foretell."""

    chain: ImageChain
    equations: Coplanar
    vis: Visibilities
    operator: Nufft

    def at(self, rate: float, *, draws: int, seed: int) -> Foretold:
        """Return the leave-one-out densities at a rate."""
        # the draws have their own random numbers, the same at every rate however long the chain takes to settle
        (first, rng), forgets = (np.random.default_rng((seed, k)) for k in (0, 1)), self.chain.relaxation(rate)
        for _ in range(int(min(_SETTLES * forgets, _LONGEST * draws))):
            self.chain.sweep(rate, first)
        thin = int(np.ceil(min(max(_SPANS * forgets / draws, 1), _LONGEST)))
        density = np.empty((len(self.vis), draws))
        for k in range(draws):
            for _ in range(thin):
                image = self.chain.sweep(rate, rng)
            density[:, k] = self._density(image)
        return _left_out(density)

    def _density(self, image: Floats) -> Floats:
        """Return the log-density of every visibility (real and imaginary part, Jy^-2)."""
        response = self.equations.normal.response
        residual = self.vis.data - self.operator.forward(image if response is None else image * response)
        return np.asarray(np.log(self.vis.weight / (2 * np.pi)) - self.vis.weight / 2 * np.abs(residual) ** 2)


def _left_out(density: Floats) -> Foretold:
    # ArviZ takes seconds to import, and other rules do not need it
    from arviz_stats.base.array import array_stats

    size, draws = density.shape
    # it takes log-densities: the weights that it smooths are their inverse
    weight, shape = array_stats.psislw(density)  # type: ignore[no-untyped-call]
    elpd = logsumexp(weight + density, axis=1)
    # first order of the ratio that every density is (delta method)
    pull = draws / size * (np.exp(weight + density - elpd[:, None]) - np.exp(weight)).sum(axis=0)
    batches = np.array([part.mean() for part in np.array_split(pull, _BATCHES)])
    return Foretold(np.asarray(elpd), np.asarray(shape), batches)
