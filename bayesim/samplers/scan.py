"""Where to start on a parameter whose posterior has many hills: the best of a grid, refined."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from bayesim.errors import ModelError
from bayesim.samplers.start import Start

__all__ = ["scan"]

STEP = 1e-3
"""Of the second difference, in the unit of the transformed variable."""


def scan(model: Any, name: str, values: ArrayLike) -> Start:
    """Return a start at the highest density along one scalar variable, the others at their initial values.

    The visibility of a star crosses zero several times, so that a chain that starts far off ends on a side hill.

    Parameters
    ----------
    model : pm.Model
        The model to be sampled.
    name : str
        The variable.
    values : array_like, shape (n,)
        Increasing, in the variable's unit, finer than the hills; at least 3.

    Returns
    -------
    Start
        The best value, refined between its neighbours, and the width of its hill.

    Raises
    ------
    ModelError
        No such scalar variable, or the density is best at an end of the grid or not finite.
    """
    grid = np.asarray(values, dtype=np.float64)
    found = [variable for variable in model.free_RVs if variable.name == name]
    if not found or found[0].ndim or grid.ndim != 1 or grid.size < 3:
        raise ModelError(f"{name!r} must be a free scalar variable of the model, and the grid of 3 values or more")
    (variable,) = found
    change = model.rvs_to_transforms[variable]
    place = grid if change is None else change.forward(grid, *variable.owner.inputs).eval()
    key, point, density = model.rvs_to_values[variable].name, model.initial_point(), model.compile_logp()

    def energy(x: Any) -> float:
        return -float(density({**point, key: np.asarray(x)}))

    heights = np.array([energy(x) for x in place])
    best = int(np.argmin(heights))
    if not np.isfinite(heights[best]) or best in (0, grid.size - 1):
        raise ModelError(f"the density is best at {name} = {grid[best]:.6g}, an end of the grid: widen the grid")
    low, high = place[best - 1], place[best + 1]
    mode = float(minimize_scalar(energy, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).x)
    step = STEP * max(1.0, abs(mode))
    curvature = (energy(mode + step) - 2 * energy(mode) + energy(mode - step)) / step**2
    value = mode if change is None else float(change.backward(mode, *variable.owner.inputs).eval())
    width = curvature**-0.5 if curvature > 0 else float(high - low)
    rule = f"{name} at the best of {grid.size} values, refined; the others at PyMC's default points"
    return Start(values={name: np.asarray(value)}, spread={name: np.asarray(width)}, rule=rule)
