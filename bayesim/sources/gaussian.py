"""A round Gaussian; an elliptical one is a :class:`~bayesim.sources.Stretched` of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import exp
from bayesim.sources._round import GAUSSIAN_FWHM, GAUSSIAN_REACH, Round, radial_nodes
from bayesim.sources._source import Flux, Size

__all__ = ["Gaussian"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gaussian(Round):
    """``V = flux exp(-(pi fwhm q)^2 / (4 ln 2))``.

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    fwhm : angle or variable
        Full width at half maximum, radians.
    """

    flux: Flux
    fwhm: Size

    def amplitude(self, q2: Any) -> Any:
        """Return ``exp(-2 pi^2 sigma^2 q^2)``."""
        return exp(-2.0 * (np.pi / GAUSSIAN_FWHM * self.fwhm) ** 2 * q2)

    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return rings out to seven standard deviations."""
        sigma = self.number("fwhm") / GAUSSIAN_FWHM
        # in units of sigma, so that a width of zero is a point
        nodes, weight = radial_nodes(0.0, GAUSSIAN_REACH, min(0.1, spacing / sigma) if sigma > 0 else 0.1)
        return sigma * nodes, weight * nodes * np.exp(-0.5 * nodes**2)
