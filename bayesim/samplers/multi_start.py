"""Where to start when the posterior has many hills in many dimensions: the highest that several climbs reach."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bayesim.errors import ModelError
from bayesim.samplers._first_point import reproducible
from bayesim.samplers.start import Start

__all__ = ["multi_start", "untransformed"]

Floats = NDArray[np.float64]

WIDEST = 1.0
"""Largest spread of first points, in the unit of the transformed variable: where a direction is flat."""

STEP = 1e-4
"""Of the differences, in that unit."""

STEPS = 500
"""Of L-BFGS in one climb, at most."""


def multi_start(model: Any, *, seed: int, climbs: int = 20, jitter: float = 0.5) -> Start:
    """Return a start at the highest of the modes that are reached from draws of the prior.

    Every climb is L-BFGS on the log-density of the transformed variables, which is the posterior that is sampled.
    Chains that start on different hills never agree; this settles on one, and is no proof that there is no higher.

    Parameters
    ----------
    model : pm.Model
        Differentiable, of a few to a few hundred free variables.
    seed : int
        Of the draws.
    climbs : int
        Number of draws, at least 1.
    jitter : float
        Of the first points of the chains, in standard deviations of the hill.

    Returns
    -------
    Start
        The highest mode, the widths of its hill, and how many climbs ended there (within 1 in log-density).

    Raises
    ------
    ModelError
        ``climbs`` is below 1, or no climb ended at a finite density.
    """
    if climbs < 1:
        raise ModelError(f"climbs {climbs} must be at least 1")
    with reproducible():
        density = model.logp_dlogp_function(ravel_inputs=True)
    density.set_extra_values({})

    def downhill(x: Floats) -> tuple[float, Floats]:
        value, slope = density(x)
        return (-float(value), -slope) if np.isfinite(value) else (np.inf, np.zeros_like(x))

    ends = [_climb(downhill, first) for first in _drawn(model, climbs, seed)]
    heights = np.array([-end.fun if np.isfinite(end.fun) else -np.inf for end in ends])
    best = int(np.argmax(heights))
    if not np.isfinite(heights[best]):
        raise ModelError(f"none of {climbs} climbs ended at a finite density: narrow the priors, or give a start")
    same = int(np.count_nonzero(heights > heights[best] - 1.0))
    rule = f"highest of {climbs} climbs (L-BFGS) from draws of the prior; {same} of them ended there"
    values = untransformed(model, _by_name(model, ends[best].x))
    spread = _by_name(model, _widths(downhill, ends[best].x))
    return Start(values=values, spread=spread, jitter=jitter, rule=rule)


def _climb(downhill: Callable[[Floats], tuple[float, Floats]], first: Floats) -> Any:
    return minimize(downhill, first, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 20})


def _drawn(model: Any, count: int, seed: int) -> Floats:
    """Return draws of the prior after the transforms, shape (count, n), in the order of the model's variables."""
    # PyMC takes seconds to import, and looking at draws does not need it
    import pymc as pm

    changes = [model.rvs_to_transforms[variable] for variable in model.free_RVs]
    moved = [
        variable if change is None else change.forward(variable, *variable.owner.inputs)
        for variable, change in zip(model.free_RVs, changes, strict=True)
    ]
    # machine code for a few draws takes seconds to make (measured: 5 s the first time, 0.02 s without)
    draws = pm.draw(moved, draws=count, random_seed=seed, mode="FAST_COMPILE")
    return np.concatenate([np.reshape(draw, (count, -1)) for draw in draws], axis=1)


def _by_name(model: Any, flat: Floats) -> dict[str, Floats]:
    """Cut a vector into the transformed variables, by the name of each."""
    point, pieces, at = model.initial_point(), {}, 0
    for variable in model.free_RVs:
        shape = point[model.rvs_to_values[variable].name].shape
        pieces[variable.name] = flat[at : at + math.prod(shape)].reshape(shape)
        at += math.prod(shape)
    return pieces


def untransformed(model: Any, pieces: dict[str, Floats]) -> dict[str, Floats]:
    """Return the variables themselves from the transformed ones, both by the name of the variable."""
    function = model.compile_fn(
        model.replace_rvs_by_values(model.free_RVs), inputs=model.value_vars, mode="FAST_COMPILE", point_fn=False
    )
    return dict(zip(pieces, function(*pieces.values()), strict=True))


def _widths(downhill: Callable[[Floats], tuple[float, Floats]], mode: Floats) -> Floats:
    """Return standard deviations from the curvature (central differences of the gradient), none beyond ``WIDEST``."""
    steps = STEP * np.eye(mode.size)
    curvature = np.array([downhill(mode + step)[1] - downhill(mode - step)[1] for step in steps]) / (2 * STEP)
    value, vector = np.linalg.eigh(0.5 * (curvature + curvature.T))
    return np.asarray(np.sqrt(np.square(vector) @ (1.0 / np.maximum(value, WIDEST**-2))))
