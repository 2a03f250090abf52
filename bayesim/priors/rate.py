"""Hyper-priors of the rate ``lambda`` of Laplace and exponential pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesim.errors import ModelError

__all__ = ["GammaRate", "HalfCauchyRate"]


@dataclass(frozen=True)
class HalfCauchyRate:
    """``p(lambda) = 2 / (pi scale (1 + (lambda/scale)^2))``, ``lambda > 0``: weakly informative over decades.

    Parameters
    ----------
    scale : float
        Median in 1/Jy; 98 % of the prior lies in [0.016, 64] times it. ``1/sigma_image = sqrt(sum_weight)`` is the
        rate at which the mean pixel equals the thermal noise of the dirty image.

    Raises
    ------
    ModelError
        The scale is not positive and finite.
    """

    scale: float

    def __post_init__(self) -> None:
        _positive(scale=self.scale)

    def variable(self, name: str) -> Any:
        """Add the rate (1/Jy) to the model in context, centred, and return it."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        return pm.HalfCauchy(name, beta=self.scale)


@dataclass(frozen=True)
class GammaRate:
    """``p(lambda)`` proportional to ``lambda^(shape - 1) exp(-lambda / scale)``: conjugate to exponential pixels.

    Given ``n`` pixels of sum ``S``, ``lambda | x`` is Gamma with shape ``shape + n`` and rate ``1/scale + S``.

    Parameters
    ----------
    shape : float
        Below 1 the density falls from zero: weakly informative when small.
    scale : float
        1/Jy; the mean is ``shape * scale``.

    Raises
    ------
    ModelError
        Shape or scale is not positive and finite.
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        _positive(shape=self.shape, scale=self.scale)

    def variable(self, name: str) -> Any:
        """Add the rate (1/Jy) to the model in context, centred, and return it."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        return pm.Gamma(name, alpha=self.shape, beta=1.0 / self.scale)

    def conditional(self, *, size: int, total: float) -> tuple[float, float]:
        """Return shape and rate (Jy) of ``lambda`` given ``size`` pixels, absolute sum ``total`` Jy."""
        return self.shape + size, 1.0 / self.scale + total


def _positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (np.isfinite(number) and number > 0):
            raise ModelError(f"{name} {number} must be positive and finite")
