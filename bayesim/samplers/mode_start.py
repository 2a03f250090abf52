"""From the mode of a smooth model to the first points of chains."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.samplers._first_point import FirstPoint, reproducible
from bayesim.samplers.multi_start import STEP, WIDEST
from bayesim.samplers.start import Start
from bayesim.sky import Grid
from bayesim.solvers.mode import Mode

__all__ = ["start_at"]

Floats = NDArray[np.float64]


def start_at(mode: Mode, model: Any, *, jitter: float = 0.5, grid: Grid | None = None) -> Start:
    """Return a start of the chains at a mode, as wide as its conditional curvatures.

    A positive variable at zero has no logarithm: it starts at the mean ``1/|slope|`` of the exponential that its
    density is there, at most the mean of the variable's other values.

    Parameters
    ----------
    mode : Mode
        From :func:`bayesim.solvers.find_mode`.
    model : pm.Model
        The same model.
    jitter : float
        Width of the starts of different chains, in conditional standard deviations.
    grid : Grid, optional
        Pixels of the image, for the coordinates of the result.

    Raises
    ------
    ModelError
        The model has other variables than the mode.
    """
    values = {name: _inside(value, mode.slopes[name]) for name, value in mode.values.items()}
    first = FirstPoint(model, Start(values=values, jitter=0.0))
    with reproducible():
        density = model.logp_dlogp_function(ravel_inputs=True)
    density.set_extra_values({})
    widths, pieces, at = _widths(lambda x: np.asarray(density(x)[1]), first.flat(0)), {}, 0
    for name, value in zip(mode.values, first.values.values(), strict=True):
        pieces[name] = widths[at : at + value.size].reshape(value.shape)
        at += value.size
    rule = f"{mode.label}; {mode.agree} of {mode.climbs} climbs agree; zeros at the mean of their density"
    return Start(values=values, spread=pieces, jitter=jitter, grid=grid, rule=rule)


def _inside(value: Floats, slope: Floats) -> Floats:
    zero = (value == 0) & (slope < 0)
    if not zero.any():
        return value
    above = np.abs(value[~zero])
    most = float(above.mean()) if above.size else np.inf
    return np.where(zero, np.minimum(1 / np.where(zero, -slope, 1.0), most), value)


def _widths(slope: Callable[[Floats], Floats], mode: Floats) -> Floats:
    """Return conditional standard deviations by central differences of the slope, none beyond ``WIDEST``."""
    curvature = np.empty(mode.size)
    for j in range(mode.size):
        step = np.zeros(mode.size)
        step[j] = STEP
        curvature[j] = (slope(mode - step)[j] - slope(mode + step)[j]) / (2 * STEP)
    return np.asarray(1.0 / np.sqrt(np.maximum(curvature, WIDEST**-2)))
