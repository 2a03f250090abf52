"""Px-MALA and its longer trajectories: exact draws of a log-concave image, for small fields and as a check."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers._image_draws import collected
from bayesim.samplers._plan import Length, Plan
from bayesim.samplers._target import Target, target
from bayesim.samplers._walk import Mode, State
from bayesim.samplers.log_concave import LogConcave

__all__ = ["PxMala", "sample"]

Floats = NDArray[np.float64]

_ACCEPTANCE = 0.65
"""Between the best of one leap, 0.574, and of long trajectories, 0.651 to 0.8 (Beskos et al. 2013)."""

_FIRST = 0.5
"""First leap in units of ``1/sqrt(stiffness)``, half of what is safely stable."""

_GAIN, _FALL = 2.0, 0.6
"""Of the Robbins-Monro steps that tune the leap."""

_TUNE = 500
"""Steps, unless they are given: the leap is tuned in them."""

_JITTER = 0.2
"""Relative, of the leap: no trajectory length then resonates with a direction of the density."""


@dataclass(frozen=True)
class PxMala:
    """Metropolis-adjusted Langevin step along the gradient of the smoothed density.

    The proposal uses the envelope of the penalty, the acceptance the penalty itself: smoothing costs efficiency and
    no exactness.

    Parameters
    ----------
    leaps : int
        Leapfrog steps on average: 1 is Px-MALA; more make trajectories (proximal Hamiltonian Monte Carlo), whose
        length is drawn anew every time.
    smoothing : float
        Width over which the cusp is rounded for the gradient, as for :class:`SkRock`.

    Raises
    ------
    ModelError
        A number is out of range.

    References
    ----------
    Pereyra 2016, Statistics and Computing 26, 745 (Px-MALA); Durmus, Moulines & Pereyra 2018, SIAM J. Imaging Sci.
    11, 473 (the envelope); Chaari et al. 2016, IEEE TSP 64, 5585 (trajectories).
    """

    leaps: int = 1
    smoothing: float = 0.1

    def __post_init__(self) -> None:
        if self.leaps < 1:
            raise ModelError(f"leaps {self.leaps} must be at least 1")
        if not (np.isfinite(self.smoothing) and self.smoothing > 0):
            raise ModelError(f"smoothing {self.smoothing} must be positive and finite")

    @property
    def name(self) -> str:
        """In the result."""
        return "Px-MALA" if self.leaps == 1 else "proximal Hamiltonian Monte Carlo"

    @property
    def notes(self) -> str:
        """The probability of acceptance, in ``sample_stats``."""
        return "acceptance_rate"

    def at(self, problem: LogConcave, rate: float) -> Target:
        """Return the smoothed density at a rate (1/Jy)."""
        return target(problem, rate, smoothing=self.smoothing)

    def label(self, at: Target) -> str:
        """Return that nothing is approximated."""
        return f"none: Metropolis correction; proposals from a density that is {at.label}"

    def fresh(self, first: Target, u: Floats) -> State:
        """Return the logarithm of the leap (in units of ``1/sqrt(stiffness)``), and an acceptance of 1."""
        return {"leap": np.asarray(np.log(_FIRST)), "note": np.asarray(1.0)}

    def step(self, state: State, at: Target, rng: np.random.Generator, *, tuning: bool) -> None:
        """Take one step; while tuning, adapt the leap."""
        before = state["u"]
        momentum = rng.standard_normal(before.shape)
        size = np.exp(state["leap"]) * at.stiffness**-0.5 * rng.uniform(1 - _JITTER, 1 + _JITTER)
        after, turned = _leaped(at, before, momentum, float(size), int(rng.integers(1, 2 * self.leaps)))
        gain = (
            at.potential(before)
            - at.potential(after)
            + 0.5 * float(np.sum((momentum - turned) * (momentum + turned)))
        )
        # a trajectory that ran away to infinity is refused
        acceptance = float(np.exp(min(gain, 0.0))) if np.isfinite(gain) else 0.0
        if rng.random() < acceptance:
            state["u"] = after
        state["note"] = np.asarray(acceptance)
        if tuning:
            state["leap"] = state["leap"] + _GAIN * (acceptance - _ACCEPTANCE) / (1.0 + float(state["step"])) ** _FALL


def _leaped(at: Target, u: Floats, momentum: Floats, size: float, count: int) -> tuple[Floats, Floats]:
    """Return place and momentum after leapfrog steps."""
    momentum = momentum - 0.5 * size * at.slope(u)
    for leap in range(count):
        u = u + size * momentum
        momentum = momentum - (0.5 if leap == count - 1 else 1.0) * size * at.slope(u)
    return u, momentum


def sample(
    problem: LogConcave,
    *,
    start: Mode,
    seed: int,
    kernel: PxMala | None = None,
    keep: str | os.PathLike[str] | None = None,
    notes: Mapping[str, str | int | float] | None = None,
    **length: Unpack[Length],
) -> xr.DataTree:
    """Draw images from a log-concave posterior, exactly.

    Arguments are those of :func:`bayesim.samplers.skrock.sample`; 500 steps of tuning by default.

    Returns
    -------
    DataTree
        As there; ``sample_stats["acceptance_rate"]`` besides.

    Raises
    ------
    ModelError
        A count is below 1, or the folder belongs to another run.
    GridError
        The start lies on another grid.
    """
    length.setdefault("tune", _TUNE)
    return collected(problem, kernel or PxMala(), Plan(seed=seed, **length), start=start, keep=keep, notes=notes)
