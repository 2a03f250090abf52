"""Log-normal field whose power spectrum is inferred with it, in independent unit variables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._dims import shape_of
from bayesim.priors._fourier import both_axes, hartley
from bayesim.priors._numbers import check_positive

__all__ = ["CorrelatedField"]

Floats = NDArray[np.float64]

_KNOTS = 12
"""Places in ln k between which the logarithm of the spectrum is linear."""


@dataclass(frozen=True)
class CorrelatedField:
    """``x = exp(level + fluctuations H(sqrt(p) xi))``, ``xi`` white, ``H`` a Fourier transform of the image.

    ``p(k)`` is a power law in the spatial frequency, bent by an integrated random walk in ``ln k`` and scaled to a
    field of unit variance: ``fluctuations`` is the standard deviation of ``ln x``.

    Parameters
    ----------
    level : float
        Median brightness expected, Jy/pixel.
    level_factor : float
        One standard deviation of the level, as a factor above 1.
    fluctuations : float
        Median of the standard deviation of ``ln x``.
    fluctuations_factor : float
        One standard deviation of the fluctuations, as a factor above 1.
    slope : float
        Mean of the exponent of the power spectrum, negative: -2 is rough, -5 smooth.
    slope_sd : float
        Its standard deviation.
    flexibility : float
        Scale (half-normal) by which the slope walks within one unit of ``ln k``; 0 keeps a pure power law.

    Raises
    ------
    ModelError
        A number is out of its range.

    Notes
    -----
    Bayesian side only. The free variables have unit scale (non-centred), as nuts likes them: ``{name}_xi`` (by
    frequency, row-major), ``{name}_level``, ``{name}_fluctuations``, ``{name}_slope``, and ``{name}_flexibility``,
    ``{name}_bends`` unless the flexibility is 0. Graphs transform by products with real Fourier (Hartley) matrices:
    4 N^3 operations for an N x N image. The sky wraps around: leave a margin.

    References
    ----------
    Arras et al. 2021 (A&A 646, A84), section 3, the correlated field of resolve and NIFTy; this is a simpler
    parametrisation of the same idea, and its numbers are not NIFTy's.
    """

    level: float
    level_factor: float = 3.0
    fluctuations: float = 1.5
    fluctuations_factor: float = 1.5
    slope: float = -4.0
    slope_sd: float = 0.5
    flexibility: float = 0.5

    def __post_init__(self) -> None:
        check_positive(level=self.level, fluctuations=self.fluctuations, slope_sd=self.slope_sd)
        for name in ("level_factor", "fluctuations_factor"):
            if not 1 < getattr(self, name) < np.inf:
                raise ModelError(f"{name} {getattr(self, name)} must be above 1")
        if not 0 <= self.flexibility < np.inf:
            raise ModelError(f"flexibility {self.flexibility} must be at least 0")

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the hidden variables to the model in context and return the image (Jy/pixel)."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        shape = shape_of(dims)
        white = pm.Normal(f"{name}_xi", 0.0, 1.0, shape=shape)
        level = pm.LogNormal(f"{name}_level", np.log(self.level), np.log(self.level_factor))
        width = pm.LogNormal(f"{name}_fluctuations", np.log(self.fluctuations), np.log(self.fluctuations_factor))
        power = pt.exp(self._log_power(name, shape))
        # the mean of the field is the level's: no power at zero frequency; zeroed after the root, whose slope at zero
        # times the slope of zero would be no number
        amplitude = pt.sqrt(power / pt.set_subtensor(power[0, 0], 0.0).mean())
        amplitude = pt.set_subtensor(amplitude[0, 0], 0.0)
        field = both_axes(hartley(shape[0]), white * amplitude, hartley(shape[1]))
        return pm.Deterministic(name, level * pt.exp(width * field), dims=dims)

    def _log_power(self, name: str, shape: tuple[int, ...]) -> Any:
        """Return the logarithm of the spectrum up to a constant, in the order of the DFT."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        log_k, knots, between = _bins(shape)
        slope = self.slope + self.slope_sd * pm.Normal(f"{name}_slope", 0.0, 1.0)
        if self.flexibility == 0 or knots.size < 3:
            return slope * log_k
        walk = self.flexibility * pm.HalfNormal(f"{name}_flexibility", 1.0)
        bends = pm.Normal(f"{name}_bends", 0.0, 1.0, shape=knots.size - 2)
        step = knots[1] - knots[0]
        slopes = pt.concatenate([pt.zeros(1), pt.cumsum(bends * walk * np.sqrt(step))])
        heights = pt.concatenate([pt.zeros(1), pt.cumsum(slopes * step)])
        return slope * log_k + (between @ heights).reshape(shape)


def _bins(shape: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Return ``ln k`` of every mode (k in cycles per image side), the knots, and the interpolation between them."""
    side = float(np.sqrt(shape[0] * shape[1]))
    rows, columns = (np.fft.fftfreq(n) * side for n in shape)
    k = np.hypot(rows[:, None], columns[None, :])
    lowest = float(k[k > 0].min()) if k.size > 1 else 1.0
    log_k = np.log(np.maximum(k, lowest))
    knots = np.linspace(log_k.min(), log_k.max(), _KNOTS) if np.ptp(log_k) > 0 else log_k.ravel()[:1]
    hats = [np.interp(log_k.ravel(), knots, unit) for unit in np.eye(knots.size)]
    return log_k, knots, np.column_stack(hats)
