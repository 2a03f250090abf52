"""Exact Hamiltonian Monte Carlo for a non-negative image: a Gaussian cut at zero, with walls to bounce off."""

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import GridError, ModelError
from bayesim.operators._compiled import compiled_in_order
from bayesim.priors import GammaRate, PositiveLaplace
from bayesim.samplers._first_point import check_counts
from bayesim.samplers._result import provenance, stamped
from bayesim.samplers._walk import Mode
from bayesim.samplers.log_concave import LogConcave

__all__ = ["sample"]

Floats = NDArray[np.float64]

RULE = "the mode"

_CONDITION = 1e12
"""Of the Gram matrix, at most: rounding moves a wall by this many parts in 1e16 of the widest direction."""

_AT_WALL = 1e-12
"""Distance, in standard deviations and means of a pixel, that counts as touching."""

_TIME = 0.5 * math.pi
"""Of a trajectory: a Gaussian without walls then forgets where it was (Pakman & Paninski 2014, section 2)."""


def sample(
    problem: LogConcave,
    *,
    start: Mode,
    seed: int,
    noise_scale: float = 1.0,
    draws: int = 1000,
    tune: int = 100,
    chains: int = 4,
    notes: Mapping[str, str | int | float] | None = None,
) -> xr.DataTree:
    """Draw images of exponential pixels under a Gaussian likelihood, without a step size and without rejections.

    The reference for other samplers of images on small fields: trajectories in the Gaussian are sines, the times at
    which they meet the zero of a pixel are known, and there they are reflected. A step costs ``bounces x pixels``.

    Parameters
    ----------
    problem : LogConcave
        Its prior is :class:`~bayesim.priors.PositiveLaplace`; lambda a number, or inferred under its Gamma law (drawn
        from its exact conditional after every trajectory).
    start : Solution or anything with ``grid`` and ``image``
        First image (Jy/pixel), negative pixels set to zero.
    seed : int
        Same seed, same draws; chains have their own.
    noise_scale : float
        Known factor on every sigma, positive.
    draws, tune, chains : int
        Kept draws and draws thrown away of every chain, at least 1 each.
    notes : mapping of str to plain values, optional
        Added to the root attributes.

    Returns
    -------
    DataTree
        ``posterior`` with ``image`` (Jy/pixel) on ``m`` and ``l``, and ``lambda`` where inferred; ``sample_stats``
        with ``bounces``.

    Raises
    ------
    ModelError
        Another prior, a Gram matrix of condition above 1e12 (pixels that the data cannot tell apart), a noise scale
        that is not positive, or a count below 1.
    GridError
        The start lies on another grid.

    References
    ----------
    Pakman & Paninski 2014, J. Comput. Graph. Stat. 23, 518.
    """
    check_counts(draws=draws, tune=tune, chains=chains)
    if start.grid != problem.equations.grid:
        raise GridError(f"the start lies on {start.grid}, the statistics on {problem.equations.grid}")
    walled = _Walled(problem, noise_scale)
    found = [
        walled.chain(start.image.ravel(), np.random.default_rng(child), tune, draws)
        for child in np.random.SeedSequence(seed).spawn(chains)
    ]
    image, rate, bounces = (np.stack(part) for part in zip(*found, strict=True))
    grid, dims = problem.equations.grid, ("chain", "draw", "m", "l")
    where = {"chain": np.arange(chains), "draw": np.arange(draws)}
    posterior = xr.Dataset({"image": (dims, image.reshape(chains, draws, *grid.shape))}, {**where, **grid.coords})
    if isinstance(problem.rate, GammaRate):
        posterior["lambda"] = (dims[:2], rate)
    stats = xr.Dataset({"bounces": (dims[:2], bounces)}, where)
    said = f"PositiveLaplace, lambda {problem.rate}; noise scale {noise_scale:g}"
    counts: dict[str, str | int | float] = {
        "draws": draws,
        "tune": tune,
        "chains": chains,
        "prior": said,
        "approximation": "none",
    }
    attributes = provenance(sampler="exact HMC", seed=seed, rule=RULE, extra={**counts, **(notes or {})})
    return stamped(
        xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats}), grid=grid, attributes=attributes
    )


class _Walled:
    """The Gaussian of an image before it is cut, as a function of lambda."""

    def __init__(self, problem: LogConcave, noise_scale: float) -> None:
        if not isinstance(problem.make(1.0), PositiveLaplace):
            raise ModelError(f"{type(problem.make(1.0)).__name__} is no exponential law of pixels: use px_mala")
        if not (math.isfinite(noise_scale) and noise_scale > 0):
            raise ModelError(f"noise_scale {noise_scale} must be positive and finite")
        every = np.arange(problem.equations.grid.size)
        gram = problem.equations.gram(every, every)
        values, axes = np.linalg.eigh(0.5 * (gram + gram.T))
        if not values[0] * _CONDITION > values[-1]:
            raise ModelError(
                f"the data cannot tell all {every.size} pixels apart (eigenvalues {values[0]:.1e} to {values[-1]:.1e}"
                " /Jy^2): take larger pixels or a smaller field, or px_mala"
            )
        self.problem, self.variance = problem, noise_scale**2
        self.inverse = axes / values @ axes.T
        self.root = noise_scale * axes / np.sqrt(values)
        self.fit = self.inverse @ problem.equations.dirty.ravel()
        self.shrinkage = self.variance * self.inverse.sum(axis=1)

    def chain(
        self, image: Floats, rng: np.random.Generator, tune: int, draws: int
    ) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Return images, rates and bounces of one chain."""
        x, covariance = np.maximum(image, 0.0), self.variance * self.inverse
        images, rates, bounces = np.empty((draws, x.size)), np.empty(draws), np.empty(draws, dtype=np.int64)
        for draw in range(-tune, draws):
            given = self.problem.rate
            rate = self.problem.draw_rate(x, rng) if isinstance(given, GammaRate) else given
            mean = self.fit - rate * self.shrinkage
            hits = _travel(x, mean, covariance, self.root @ rng.standard_normal(x.size), _TIME)
            if draw >= 0:
                images[draw], rates[draw], bounces[draw] = x, rate, hits
        return images, rates, bounces


@compiled_in_order
def _next_wall(s: Floats, q: Floats, mean: Floats, covariance: Floats, left: float) -> tuple[float, int]:
    """Return when and where ``mean + s cos t + q sin t`` next falls through zero, ``(left, -1)`` if it does not."""
    first, wall = left, -1
    for j in range(s.size):
        if q[j] < 0.0 and s[j] + mean[j] <= _AT_WALL * (math.sqrt(covariance[j, j]) + abs(mean[j])):
            return 0.0, j
        reach = math.sqrt(s[j] * s[j] + q[j] * q[j])
        if reach > abs(mean[j]):
            t = math.atan2(q[j], s[j]) + math.acos(-mean[j] / reach)
            if t < 0.0:
                t += 2.0 * math.pi
            if t < first:
                first, wall = t, j
    return first, wall


@compiled_in_order
def _travel(x: Floats, mean: Floats, covariance: Floats, q: Floats, time: float) -> int:
    """Move an image along a trajectory of some length, in place, and return how often it bounced.

    ``q`` is the velocity, a draw of the Gaussian's covariance; kinetic energy ``q' covariance^-1 q / 2``, so that all
    directions swing in unison and a wall's reflection follows its column of the covariance.
    """
    s, left, bounces = x - mean, time, 0
    while True:
        step, wall = _next_wall(s, q, mean, covariance, left)
        cosine, sine = math.cos(step), math.sin(step)
        s, q = s * cosine + q * sine, q * cosine - s * sine
        if wall < 0:
            break
        left -= step
        bounces += 1
        push = 2.0 * q[wall] / covariance[wall, wall]
        for j in range(q.size):
            q[j] -= push * covariance[j, wall]
    for j in range(x.size):
        x[j] = max(s[j] + mean[j], 0.0)
    return bounces
