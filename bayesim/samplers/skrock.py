"""SK-ROCK: large log-concave images by a stabilised explicit step of the Langevin diffusion."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Unpack

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers._image_draws import collected
from bayesim.samplers._plan import Length, Plan
from bayesim.samplers._target import Target, target
from bayesim.samplers._walk import Mode, State
from bayesim.samplers.log_concave import LogConcave

__all__ = ["SkRock", "sample"]

Floats = NDArray[np.float64]

_DAMPING = 0.05
"""``eta`` of Pereyra, Vargas Mieles & Zygalakis 2020."""

_SAFE = 0.8
"""Fraction of the longest stable step: the stiffness is a bound on average, not in every direction at any time."""


@dataclass(frozen=True)
class SkRock:
    """One step of ``stages`` gradients, stable up to steps that grow with their square.

    Parameters
    ----------
    length : float
        Step in units of ``1/t^2``, where ``t`` (1/Jy) is the slope of the penalty's cusp: lambda for signed pixels,
        ``lambda + sqrt(L)`` for non-negative ones. The bias of the standard deviations grows with it, the
        correlation of draws falls. Shorter where ``stages`` do not reach it.
    stages : int
        Gradients of a step at most, at least 2; as many are used as the step needs.
    smoothing : float
        Width over which the cusp is rounded: ``c lambda^2`` of the Moreau-Yosida envelope of a signed penalty,
        ``t`` times the width below which ``|u|`` is rounded where the sky is ``|u|``. The result's attribute
        ``approximation`` says which.

    Raises
    ------
    ModelError
        A number is out of range.

    References
    ----------
    Pereyra, Vargas Mieles & Zygalakis 2020, SIAM J. Imaging Sci. 13, 905, algorithm 3.1.
    """

    length: float = 1.0
    stages: int = 15
    smoothing: float = 0.1

    def __post_init__(self) -> None:
        if self.stages < 2:
            raise ModelError(f"stages {self.stages} must be at least 2")
        for name in ("length", "smoothing"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ModelError(f"{name} {getattr(self, name)} must be positive and finite")

    @property
    def name(self) -> str:
        """In the result."""
        return "SK-ROCK"

    @property
    def notes(self) -> str:
        """The step in Jy^2, in ``sample_stats``."""
        return "step_time"

    def at(self, problem: LogConcave, rate: float) -> Target:
        """Return the smoothed density at a rate (1/Jy)."""
        return target(problem, rate, smoothing=self.smoothing)

    def label(self, at: Target) -> str:
        """Return what is approximated."""
        time, stages = self.time(at)
        return (
            f"SK-ROCK without Metropolis correction, step {time * at.scale**2:.3g} / t^2 of {stages} stages, "
            f"t = {at.scale:.4g} /Jy; {at.label}"
        )

    def time(self, at: Target) -> tuple[float, int]:
        """Return the step in Jy^2 and the number of its stages."""
        wanted = self.length / at.scale**2
        needed = next((s for s in range(2, self.stages) if _SAFE * _reach(s) / at.stiffness >= wanted), self.stages)
        return min(wanted, _SAFE * _reach(needed) / at.stiffness), needed

    def fresh(self, first: Target, u: Floats) -> State:
        """Return the time of a step, which is all there is to note."""
        return {"note": np.asarray(self.time(first)[0])}

    def step(self, state: State, at: Target, rng: np.random.Generator, *, tuning: bool) -> None:
        """Take one step; it is the same while tuning."""
        time, stages = self.time(at)
        table = _coefficients(stages)
        before = state["u"]
        kick = np.sqrt(2 * time) * rng.standard_normal(before.shape)
        now = before - table.mu1 * time * at.slope(before + table.nu1 * kick) + table.kappa1 * kick
        for mu, nu in table.rest:
            before, now = now, nu * now + (1 - nu) * before - mu * time * at.slope(now)
        state["u"], state["note"] = now, np.asarray(time)


def sample(
    problem: LogConcave,
    *,
    start: Mode,
    seed: int,
    kernel: SkRock | None = None,
    keep: str | os.PathLike[str] | None = None,
    notes: Mapping[str, str | int | float] | None = None,
    **length: Unpack[Length],
) -> xr.DataTree:
    """Draw images from a log-concave posterior, approximately.

    Parameters
    ----------
    problem : LogConcave
        Statistics and prior.
    start : Solution
        Chains begin around its image, with normal jitter of ``1/sqrt(L)``.
    seed : int
        Same seed, same draws, whatever the number of cores.
    kernel : SkRock, optional
        Step, stages and smoothing.
    keep : path, optional
        Folder of a :class:`~bayesim.samplers.DrawStore`: the same call after a kill goes on where it was and
        returns the same draws as if it had not been killed; with more draws it goes on from the last.
    notes : mapping of str to plain values, optional
        Added to the root attributes.
    **length
        ``draws=1000``, ``tune=200``, ``thin=1``, ``chains=4``: kept draws, steps thrown away at the start, steps per
        kept draw, chains; ``cores=1``: chains at a time, in threads; each FFT uses the threads of
        ``problem.equations``.

    Returns
    -------
    DataTree
        ``posterior["image"]`` in Jy/pixel, dims (chain, draw, m, l), and ``posterior["lambda"]`` in 1/Jy where it is
        inferred. The attribute ``approximation`` says what was approximated;
        :func:`~bayesim.samplers.compare_spread` measures by how much.

    Raises
    ------
    ModelError
        A count is below 1, or the folder belongs to another run.
    GridError
        The start lies on another grid.

    Notes
    -----
    Standard deviations are off by some per cent, see the benchmarks: the step is not corrected. One chain after the
    other in its own FFT is as fast as all in one and needs less memory.
    """
    return collected(problem, kernel or SkRock(), Plan(seed=seed, **length), start=start, keep=keep, notes=notes)


def _reach(stages: int) -> float:
    """Return the longest stable step in units of 1/stiffness."""
    return (stages - 0.5) ** 2 * (2 - 4 / 3 * _DAMPING) - 1.5


class _Table(NamedTuple):
    mu1: float
    nu1: float
    kappa1: float
    rest: tuple[tuple[float, float], ...]


@lru_cache
def _coefficients(stages: int) -> _Table:
    """Return the coefficients of a step from Chebyshev polynomials ``T_j`` at ``w0``."""
    w0 = 1 + _DAMPING / stages**2
    angle = np.arccosh(w0)
    cheb = np.cosh(np.arange(stages + 1) * angle)
    w1 = cheb[stages] * np.sinh(angle) / (stages * np.sinh(stages * angle))
    ratio = cheb[1:-1] / cheb[2:]
    rest = tuple((float(2 * w1 * r), float(2 * w0 * r)) for r in ratio)
    return _Table(float(w1 / w0), float(stages * w1 / 2), float(stages * w1 / w0), rest)
