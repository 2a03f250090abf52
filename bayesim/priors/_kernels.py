"""Covariance functions on the sky, given by their power spectra."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bayesim.priors._numbers import check_positive

__all__ = ["Kernel", "Matern", "SquaredExponential"]


class Kernel(Protocol):
    """A stationary, isotropic covariance of unit variance."""

    def spectrum(self, q2: Any) -> Any:
        """Return the power spectrum ``P`` (rad^2) at squared baselines ``q^2`` (wavelengths^2); its integral is 1."""


@dataclass(frozen=True)
class SquaredExponential:
    """``k(r) = exp(-r^2 / (2 l^2))``, ``P(q) = 2 pi l^2 exp(-2 pi^2 l^2 q^2)``: very smooth.

    Parameters
    ----------
    length : float or PyMC variable
        ``l`` in radians, as the cell of the grid.

    References
    ----------
    Rasmussen & Williams 2006, equations 4.9-4.11; MPoL's ``PSD`` loss.
    """

    length: Any

    def __post_init__(self) -> None:
        check_positive(length=self.length)

    def spectrum(self, q2: Any) -> Any:
        """Return ``P`` in rad^2 at squared baselines in wavelengths^2."""
        area = self.length**2
        return 2 * np.pi * area * _exp(-2 * np.pi**2 * area * q2)


@dataclass(frozen=True)
class Matern:
    """Matern covariance in the plane: ``P(q) = 4 pi nu / k2 (1 + (2 pi q)^2 / k2)^-(nu + 1)``, ``k2 = 2 nu / l^2``.

    Parameters
    ----------
    length : float or PyMC variable
        ``l`` in radians.
    smoothness : float
        ``nu``: 0.5 is the exponential covariance, rough; towards infinity :class:`SquaredExponential`.

    References
    ----------
    Rasmussen & Williams 2006, equation 4.15 with D = 2.
    """

    length: Any
    smoothness: float = 1.5

    def __post_init__(self) -> None:
        check_positive(length=self.length, smoothness=self.smoothness)

    def spectrum(self, q2: Any) -> Any:
        """Return ``P`` in rad^2 at squared baselines in wavelengths^2."""
        nu = self.smoothness
        k2 = 2 * nu / self.length**2
        return 4 * np.pi * nu / k2 * (1 + 4 * np.pi**2 * q2 / k2) ** -(nu + 1)


def _exp(value: Any) -> Any:
    if isinstance(value, np.ndarray | float):
        return np.exp(value)
    # importing PyTensor takes seconds, and a MAP does not need it
    import pytensor.tensor as pt

    return pt.exp(value)
