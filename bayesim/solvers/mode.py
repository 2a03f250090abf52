"""Mode of any smooth model by climbs of L-BFGS from several starts, with what a further Newton step would gain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # its parts are imported on first use, and a mode of pixels needs no scipy.optimize
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.solvers._natural import Natural
from bayesim.solvers._smooth import check_smooth

__all__ = ["Mode", "find_mode"]

Floats = NDArray[np.float64]

_AGREE = 0.01
"""Log-densities that differ by less belong to the same mode."""

_MEMORY = 30
"""Pairs of steps and slopes that L-BFGS keeps."""

_ROUNDS = 8
"""Restarts of one climb at most: a new curvature helps where rounding ended a line search."""


@dataclass(frozen=True, eq=False)
class Mode:
    """The highest of the modes that several climbs reached.

    Parameters
    ----------
    values : mapping of str to ndarray
        Free variables by name, in their own units and coordinates.
    derived : mapping of str to ndarray
        Deterministic variables there.
    log_density : float
        Of all variables and data, with respect to the variables themselves, not their transforms.
    slopes : mapping of str to ndarray
        Derivative of the log-density, in the inverse unit of the variable; where a variable is at its bound it may
        point beyond. Of a variable that is neither free nor positive, by its transform.
    gradient : mapping of str to float
        Largest slope of every variable that still leads uphill, 0 at an exact mode.
    decrement : float
        What a further Newton step would gain in log-density, by the curvature that L-BFGS has learnt: an estimate,
        not a bound as a duality gap is.
    climbs, agree : int
        Climbs made, and those that ended within 0.01 of this log-density.
    converged : bool
        Whether the decrement fell to the tolerance.
    reason : str
        Why the climb stopped, and how many agree.
    label : str
        What the values are.
    """

    values: Mapping[str, Floats]
    derived: Mapping[str, Floats]
    log_density: float
    slopes: Mapping[str, Floats]
    gradient: Mapping[str, float]
    decrement: float
    climbs: int
    agree: int
    converged: bool
    reason: str
    label: str


def find_mode(
    model: Any,
    *,
    seed: int,
    starts: Sequence[Mapping[str, Floats]] = (),
    draws: int = 4,
    tolerance: float = 1e-6,
    max_evaluations: int = 20_000,
) -> Mode:
    """Return the mode of a smooth model in the coordinates of its own variables.

    Positive variables climb as they are, with a bound at zero that they can reach (a transform to logarithms cannot);
    where their density vanishes at zero, and for other constraints, the transform carries them, without its Jacobian.

    Parameters
    ----------
    model : pm.Model
        Continuous; no free variable may set the scale of another.
    seed : int
        Of the draws of the prior.
    starts : sequence of mappings
        First points: values by the name of the variable, the model's own start for the others, such as
        ``{"image": dirty_start(equations)}``.
    draws : int
        Further climbs from draws of the prior. 0 will do where the log-density is concave.
    tolerance : float
        Of the decrement, in log-density.
    max_evaluations : int
        Of the density, in every climb.

    Returns
    -------
    Mode
        One climb starts from the model's own start where neither starts nor draws are given.

    Raises
    ------
    ModelError
        The model has no such mode (the sentence says why and where to go), or no climb ended at a finite density.

    References
    ----------
    Byrd, Lu, Nocedal & Zhu 1995 (SIAM J. Sci. Comput. 16, 1190), L-BFGS-B.
    """
    check_smooth(model)
    natural = Natural(model)
    first = [natural.point(values) for values in ([*starts] or [{}])] if starts or draws < 1 else []
    first += natural.draws(draws, seed) if draws > 0 else []
    ends = [_climb(natural, x, tolerance, max_evaluations) for x in first]
    heights = np.array([end.height for end in ends])
    if not np.isfinite(heights).any():
        raise ModelError(f"none of {len(ends)} climbs ended at a finite density: give a start inside the support")
    best = ends[int(np.nanargmax(np.where(np.isfinite(heights), heights, -np.inf)))]
    agree = int(np.count_nonzero(heights > best.height - _AGREE))
    values, derived = natural.unravelled(best.x)
    uphill = natural.by_name(natural.uphill(best.x, best.slope))
    done = best.decrement <= tolerance
    words = "decrement" if done else "stopped with a decrement of"
    return Mode(
        values=values,
        derived=derived,
        log_density=best.height,
        slopes=natural.by_name(best.slope),
        gradient={name: float(np.abs(slope).max()) for name, slope in uphill.items()},
        decrement=best.decrement,
        climbs=len(ends),
        agree=agree,
        converged=done,
        reason=f"{words} {best.decrement:.1e}; {agree} of {len(ends)} climbs ended here",
        label="mode in the coordinates of the model's variables (L-BFGS)",
    )


@dataclass(frozen=True, eq=False)
class _End:
    x: Floats
    height: float
    slope: Floats
    decrement: float


def _climb(natural: Natural, first: Floats, tolerance: float, most: int) -> _End:
    unit, lower = natural.unit, natural.lower
    downhill = _scaled(natural, unit)
    bounds = [(None if low == -np.inf else low / u, None) for low, u in zip(lower, unit, strict=True)]
    z, left, decrement = first / unit, most, np.inf
    for _ in range(_ROUNDS):
        options = {"maxcor": _MEMORY, "maxfun": left, "maxiter": left, "ftol": 1e-15, "gtol": 0.0}
        found = scipy.optimize.minimize(downhill, z, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        z, left = found.x, left - found.nfev
        up = natural.uphill(z * unit, -found.jac)
        decrement = max(0.5 * float(up @ (found.hess_inv @ up)), 0.0)
        if not np.isfinite(found.fun) or decrement <= tolerance or left < 1:
            break
    height, slope = natural.density(z * unit)
    return _End(z * unit, height, slope, decrement)


def _scaled(natural: Natural, unit: Floats) -> Callable[[Floats], tuple[float, Floats]]:
    def downhill(z: Floats) -> tuple[float, Floats]:
        value, slope = natural.density(z * unit)
        # a line search shrinks its step at a huge value, but has no use for an infinite one
        return (-value, -slope * unit) if np.isfinite(value) else (1e300, np.zeros_like(z))

    return downhill
