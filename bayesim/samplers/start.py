r"""From a mode to the first point and the mass matrix of a chain: one rule for zeros, scales and rates.

A pixel of the mode, seen alone with the others held, has the density

``p(x) \propto exp(r (x - x_hat) - W (x - x_hat)^2 / 2 - lambda x)`` on ``x >= 0``,

a truncated Gaussian whose location is ``x_hat + (r - lambda)/W`` and whose scale is ``W^(-1/2)``; ``r`` is the
residual image (1/Jy), ``W`` the sum of the weights (1/Jy^2), both divided by the square of the noise scale.
**Every pixel starts at the mean of that density.** On the support ``r = lambda`` and the mean is the flux itself;
an exact zero, which has no logarithm, starts at a fraction of the image noise that is the smaller, the further its
certificate is below 1 (``r << lambda`` gives an exponential of mean ``1/(lambda - r)``). Its logarithm has the
standard deviation of a Gamma variable with the same mean and variance (``trigamma(mean^2/variance)``: ``pi/sqrt 6``
for an exponential, ``sd/mean`` for a bright pixel): that is the mass matrix, and how far apart chains start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, polygamma

from bayesim.errors import ModelError
from bayesim.sky import Grid
from bayesim.solvers._solution import Solution

__all__ = ["Start", "conditional_moments", "start"]

Floats = NDArray[np.float64]

RULE = (
    "every pixel at the mean of its conditional density given the mode of the others; lambda at its conditional mean"
)


_ASYMPTOTIC = -30.0
_TINY = 1e-12
"""Floor of the relative variance, against rounding."""


@dataclass(frozen=True, eq=False)
class Start:
    """Where chains begin, and how wide each variable is there.

    Parameters
    ----------
    values : mapping of str to ndarray
        First value by the name of the variable, in its own unit; PyMC's own start for the others.
    spread : mapping of str to ndarray
        Standard deviation after the transform of the variable (of ``log x`` where ``x > 0``); 1 if absent.
    jitter : float
        Width of the starts of different chains in units of ``spread``, 0 or more.
    grid : Grid or None
        Pixels of the image, for the coordinates of the result.
    rule : str
        How the values were chosen, as a sentence.
    """

    values: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    spread: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    jitter: float = 0.5
    grid: Grid | None = None
    rule: str = "PyMC's default points"


def conditional_moments(location: Floats, scale: float) -> tuple[Floats, Floats]:
    """Return mean and variance of a Gaussian truncated to ``x >= 0``, stable far below zero.

    Parameters
    ----------
    location : ndarray
        Mean of the Gaussian before truncation, any unit and sign.
    scale : float
        Its standard deviation, positive, same unit.

    Returns
    -------
    mean, variance : ndarray
        In the unit and its square.
    """
    a = np.asarray(location) / scale
    # hazard phi(a)/Phi(a); below -30 the difference a + hazard cancels, so the asymptotic series takes over
    hazard = np.exp(-0.5 * a**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(a))
    far = a < _ASYMPTOTIC
    t = np.where(far, -a, 1.0)
    mean = np.where(far, 1 / t - 2 / t**3 + 10 / t**5, a + hazard)
    variance = np.where(far, 1 / t**2 - 6 / t**4, 1 - a * hazard - hazard**2)
    return scale * mean, scale**2 * np.maximum(variance, _TINY)


def start(
    solution: Solution,
    model: Any,
    *,
    image: str = "image",
    rate: str = "lambda",
    noise_scale: str = "noise_scale",
    jitter: float = 0.5,
) -> Start:
    """Return the start of a model of a non-negative sky from its mode.

    Parameters
    ----------
    solution : Solution
        Mode and residual.
    model : pm.Model
        The model to be sampled: its ``image`` is the full grid, or a support with dims ``("pixel",)`` whose
        coordinate is the flat pixel index.
    image, rate, noise_scale : str
        Names of its variables; rate and noise scale may be absent.
    jitter : float
        Width of the starts of different chains in conditional standard deviations.

    Raises
    ------
    ModelError
        Jitter is negative, the model has no such image, or the mode has flux outside its support.
    """
    if not jitter >= 0:
        raise ModelError(f"jitter {jitter} must be 0 or more")
    free = {variable.name for variable in model.free_RVs}
    if image not in free:
        raise ModelError(f"the model has no free variable {image!r} (it has {sorted(free)}): name its image")
    scale = _noise_scale(solution) if noise_scale in free else 1.0
    mean, variance = _pixels(solution, scale)
    if model.named_vars_to_dims.get(image) == ("pixel",):
        indices = np.asarray(model.coords["pixel"], dtype=np.int64)
        _check_support(solution, indices)
        mean, variance = mean.ravel()[indices], variance.ravel()[indices]
    values = {image: mean, rate: np.asarray(mean.size / mean.sum()), noise_scale: np.asarray(scale)}
    spread = {
        image: np.sqrt(polygamma(1, mean**2 / variance)),
        rate: np.asarray(np.sqrt(polygamma(1, mean.size + 1.0))),
        noise_scale: np.asarray(0.5 * solution.count**-0.5),
    }
    present = [name for name in values if name in free]
    return Start(
        values={name: values[name] for name in present},
        spread={name: spread[name] for name in present},
        jitter=jitter,
        grid=solution.grid,
        rule=RULE,
    )


def _noise_scale(solution: Solution) -> float:
    """Return the rms of the residual of one real component over its sigma, 1 where the fit is perfect."""
    return float(np.sqrt(solution.reduced_chi2)) or 1.0


def _pixels(solution: Solution, noise_scale: float) -> tuple[Floats, Floats]:
    curvature = solution.sum_weight / noise_scale**2
    slope = solution.residual / noise_scale**2 - solution.rate
    return conditional_moments(solution.image + slope / curvature, curvature**-0.5)


def _check_support(solution: Solution, indices: NDArray[np.int64]) -> None:
    lost = int(np.count_nonzero(~np.isin(solution.indices, indices)))
    if lost:
        raise ModelError(f"{lost} pixels of the mode are outside the support: sample on its saturation set, dilated")
