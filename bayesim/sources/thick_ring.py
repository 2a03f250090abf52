"""A ring with a Gaussian cross-section: a thin ring convolved with a Gaussian."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import bessel_ratio, exp
from bayesim.sources._round import GAUSSIAN_FWHM, Round
from bayesim.sources._source import Flux, Size
from bayesim.sources._thick import thick_rings

__all__ = ["ThickRing"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ThickRing(Round):
    """``V = flux J0(pi diameter q) exp(-(pi width q)^2 / (4 ln 2))``.

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    diameter : angle or variable
        Of the thin ring, radians; the brightest circle lies a little inside when the ring is wide.
    width : angle or variable
        Full width at half maximum of the Gaussian, radians.
    """

    flux: Flux
    diameter: Size
    width: Size

    def amplitude(self, q2: Any) -> Any:
        """Return the ring's amplitude times the Gaussian's."""
        thin = bessel_ratio(0.0, (np.pi * self.diameter) ** 2 * q2)
        return thin * exp(-2.0 * (np.pi / GAUSSIAN_FWHM * self.width) ** 2 * q2)

    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return rings across the width."""
        (radius, flux) = thick_rings(self.number("diameter"), self.number("width"), (0,), spacing)
        return radius, flux[0]
