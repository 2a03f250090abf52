"""Lambda at the mode of its marginal likelihood (empirical Bayes), for small grids."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

from bayesim.errors import ModelError
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.solvers import LambdaChoice, LambdaProblem

__all__ = ["MarginalMode"]

Floats = NDArray[np.float64]

_MOST = 4096
"""Pixels: the Gram matrix of more does not fit 128 MiB."""

_BATCHES = 20

_FALL = 2 / 3
"""Exponent of the steps of the stochastic approximation."""

_RUNAWAY = 10.0
"""Times lambda_max, where nothing of the dirty image is left for the sky."""


@dataclass(frozen=True)
class MarginalMode:
    """``argmax_lambda p(y | lambda)``, the sky integrated out: the marginal MAP under a flat prior.

    Its maximum is a fixed point of ``lambda = n / E[ ||x||_1 given y and lambda ]`` (EM). The expectation is followed
    by stochastic approximation (Delyon, Lavielle & Moulines 1999, Ann. Stat. 27, 94) with draws of a Gibbs sampler
    whose conditionals, truncated Gaussians, are drawn exactly: there is no step size and no smoothing, so no bias
    beyond the Monte Carlo error and the length of the chain, which the label states. One sweep costs n^2.

    Parameters
    ----------
    sweeps : int
        Averaged, after a quarter as many that are thrown away.
    seed : int
        Of the sampler.

    Raises
    ------
    ModelError
        There are fewer than 20 sweeps.

    Notes
    -----
    The prior is Laplace, or PositiveLaplace (exponential), on *every* pixel of the grid: on finer pixels lambda grows
    with their number, and it says nothing of how sparse the sky is. Where p(y | lambda) has several modes, it is one
    of them.
    """

    sweeps: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.sweeps < _BATCHES:
            raise ModelError(f"{self.sweeps} sweeps: at least {_BATCHES}, to know the Monte Carlo error")

    @property
    def name(self) -> str:
        """For tables and figures."""
        return "marginal mode"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Run the sampler from the middle of the path.

        Raises
        ------
        ModelError
            The prior is another, the grid has more than 4096 pixels, a pixel is not seen at all, or lambda runs
            away to an empty sky.
        """
        equations, pixels = problem.equations, problem.equations.grid.size
        if pixels > _MOST:
            raise ModelError(f"{pixels} pixels: the exact sampler takes up to {_MOST}, use a smaller field")
        start = problem.solutions[len(problem.solutions) // 2]
        if not isinstance(start.prior, (Laplace, PositiveLaplace)):
            raise ModelError(f"{type(start.prior).__name__}: the sampler knows Laplace and PositiveLaplace")
        every = np.arange(pixels)
        gram = equations.gram(every, every)
        if not np.all(np.diag(gram) > 0):
            raise ModelError("a pixel has no response: its flux is not measured, leave it outside the grid")
        chain = _Chain(gram, equations.dirty.ravel(), positive=isinstance(start.prior, PositiveLaplace))
        size = self.sweeps - self.sweeps % _BATCHES
        running, drawn = _approach(
            chain, start.image.ravel().copy(), start.rate, sweeps=size, limit=problem.lambda_max, seed=self.seed
        )
        means = drawn.reshape(_BATCHES, -1).mean(axis=1)
        error = 100 * float(means.std(ddof=1) / np.sqrt(_BATCHES) / means.mean())
        words = f"{size} Gibbs sweeps, Monte Carlo error at least {error:.2g} %; rate of all {pixels} pixels"
        return LambdaChoice(self.name, float(pixels / running.mean()), words)


@dataclass(frozen=True, eq=False)
class _Chain:
    """The posterior of the pixels at a given rate."""

    gram: Floats
    dirty: Floats
    positive: bool

    def sweep(self, x: Floats, rate: float, rng: np.random.Generator) -> None:
        """Draw every pixel in turn, given all others, in place."""
        gradient, log_uniform = self.dirty - self.gram @ x, -rng.standard_exponential(x.size)
        sides = rng.random(x.size)
        for j in range(x.size):
            precision = self.gram[j, j]
            linear = gradient[j] + precision * x[j]
            sign = 1.0 if self.positive else _side(linear, rate, precision, sides[j])
            # beyond zero on the side of the sign, mirrored to be positive
            mean, sd = (sign * linear - rate) / precision, precision**-0.5
            new = sign * max(mean - sd * ndtri_exp(log_uniform[j] + log_ndtr(mean / sd)), 0.0)
            gradient -= self.gram[j] * (new - x[j])
            x[j] = new


def _side(linear: float, rate: float, precision: float, uniform: float) -> float:
    """Draw the sign of a Laplace pixel by the masses of its two halves."""
    right, left = (linear - rate) * precision**-0.5, (-linear - rate) * precision**-0.5
    odds = 0.5 * left**2 + log_ndtr(left) - 0.5 * right**2 - log_ndtr(right)
    return 1.0 if uniform < 1 / (1 + np.exp(min(odds, 700.0))) else -1.0


def _approach(
    chain: _Chain, x: Floats, rate: float, *, sweeps: int, limit: float, seed: int
) -> tuple[Floats, Floats]:
    """Return ``||x||_1`` of the sweeps that count, as a running estimate that the rate follows and as drawn."""
    rng, running, drawn = np.random.default_rng(seed), np.empty(sweeps), np.empty(sweeps)
    size = x.size / rate
    for k in range(-(sweeps // 4), sweeps):
        chain.sweep(x, rate, rng)
        # the sweeps thrown away write to the first place, until it is its turn
        place = max(k, 0)
        drawn[place] = np.abs(x).sum()
        # steps that fall slower than 1/k, then averaged: fast even where the data say little (Polyak & Juditsky 1992)
        size += (float(drawn[place]) - size) * (place + 1) ** -_FALL
        running[place], rate = size, x.size / size
        if rate > _RUNAWAY * limit:
            raise ModelError(
                f"lambda runs away, past {_RUNAWAY:g} lambda_max: an empty sky explains the data as well"
            )
    return running, drawn
