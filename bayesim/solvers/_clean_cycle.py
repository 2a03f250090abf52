"""The outer loop of every CLEAN: minor iterations on an approximate PSF, closed by the exact residual."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError, ModelError
from bayesim.operators._contract import Residual
from bayesim.sky import Grid
from bayesim.solvers._clean_minor import Minor
from bayesim.solvers.clean_model import CleanModel, CleanStep
from bayesim.solvers.stopping import Stopping

__all__ = ["Measured", "check_gain", "major_cycles", "robust_sigma", "unit_psf"]

Floats = NDArray[np.float64]

_DIVERGED = 4.0
"""A peak that has grown by this factor over the lowest one seen is not going to come back."""

_NORMAL_MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


class Measured(Protocol):
    """The part of the normal equations that a CLEAN needs."""

    @property
    def grid(self) -> Grid:
        """Pixels of the image."""

    @property
    def count(self) -> int:
        """Number of (complex) visibilities."""

    @property
    def sum_weight(self) -> float:
        """Sum of the weights in 1/Jy^2."""

    def residual(self, indices: NDArray[np.int64], values: Floats) -> Residual:
        """Return the residual of a sky that is ``values`` (Jy/pixel) on flat ``indices`` and else zero."""


def robust_sigma(residual: Floats) -> float:
    """Return the noise of an image from its median absolute deviation."""
    return _NORMAL_MAD * float(np.median(np.abs(residual - np.median(residual))))


def check_gain(gain: float, mgain: float) -> None:
    """Raise ModelError if a gain is not in (0, 1]."""
    for name, value in (("gain", gain), ("mgain", mgain)):
        if not 0 < value <= 1:
            raise ModelError(f"{name} {value} must lie in (0, 1]: 0.1 for the loop, 0.8 for a major cycle are usual")


def unit_psf(psf: Floats, equations: Measured) -> Floats:
    """Return the PSF with unit peak, or say why it does not fit the image."""
    rows, columns = equations.grid.shape
    if psf.shape != (2 * rows, 2 * columns):
        raise GridError(
            f"PSF has shape {psf.shape}, an image of {(rows, columns)} needs {(2 * rows, 2 * columns)}: "
            "every difference of two pixels, as in Statistics.psf"
        )
    peak = float(psf[rows, columns])
    if not (np.isfinite(peak) and peak > 0):
        raise GridError(f"PSF peak {peak} at pixel {(rows, columns)} must be positive and finite")
    return np.ascontiguousarray(psf / peak, dtype=np.float64)


def major_cycles(
    equations: Measured,
    minor: Minor,
    *,
    mgain: float,
    stopping: Stopping,
    auto_mask: float | None = None,
    progress: Callable[[CleanStep], None] | None = None,
    label: str,
) -> CleanModel:
    """Run minor iterations and exact residuals in turn until the threshold, and say why it ended."""
    began = time.perf_counter()
    image, spent, history = np.zeros(equations.grid.shape), 0, list[CleanStep]()
    open_to = auto_mask
    while True:
        exact = _residual(equations, image)
        shown = exact.image / equations.sum_weight
        sigma = robust_sigma(shown)
        final = max(stopping.sigmas * sigma, stopping.flux)
        peak, goal = minor.peak(shown), max(final, (open_to or 0.0) * sigma)
        if open_to is not None and peak <= goal:
            minor.freeze()
            open_to, peak, goal = None, minor.peak(shown), final
        history.append(CleanStep(spent, peak, sigma, time.perf_counter() - began))
        if progress is not None:
            progress(history[-1])
        reason = _why(history, goal, stopping)
        if reason:
            break
        limit = max(goal, (1 - mgain) * peak)
        found, iterations = minor.descend(shown, limit=limit, budget=stopping.max_iterations - spent)
        image, spent = image + found, spent + iterations
    return CleanModel(
        grid=equations.grid,
        image=image,
        residual=exact.image,
        residual_energy=exact.energy,
        sum_weight=equations.sum_weight,
        count=equations.count,
        iterations=spent,
        converged=peak <= goal,
        reason=reason,
        history=tuple(history),
        label=label,
    )


def _residual(equations: Measured, image: Floats) -> Residual:
    used = np.flatnonzero(image)
    return equations.residual(used, image.ravel()[used])


def _why(history: Sequence[CleanStep], goal: float, stopping: Stopping) -> str:
    """Return the reason to stop, empty while there is none."""
    last, cycles = history[-1], len(history) - 1
    spent = f"after {last.iterations} iterations in {cycles} major cycles"
    if last.peak <= goal:
        return f"the peak {last.peak:.3g} Jy is below the threshold {goal:.3g} Jy {spent}"
    above = f"the peak {last.peak:.3g} Jy is above the threshold {goal:.3g} Jy"
    lowest = min(step.peak for step in history)
    if last.peak > _DIVERGED * lowest:
        return f"diverging: the peak rose from {lowest:.3g} to {last.peak:.3g} Jy {spent}; a smaller mgain may help"
    if last.iterations >= stopping.max_iterations:
        return f"{above} {spent}: max_iterations reached"
    if cycles >= stopping.max_cycles:
        return f"{above} {spent}: max_cycles reached"
    if cycles and last.iterations == history[-2].iterations:
        return f"{above} {spent}: the minor iterations find nothing more to take"
    return ""
