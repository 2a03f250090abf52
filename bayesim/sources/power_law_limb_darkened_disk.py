"""A star whose brightness is a power of ``mu``: one more parameter than an even disk."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, bessel_ratio
from bayesim.sources._limb import limb_rings
from bayesim.sources._round import Round
from bayesim.sources._source import Flux, Size

__all__ = ["PowerLawLimbDarkenedDisk"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PowerLawLimbDarkenedDisk(Round):
    """``I(mu) / I(1) = mu^limb_darkening`` (Hestroffer 1997; Kervella et al. 2017, A&A 597, A137).

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    diameter : angle or variable
        Of the limb, radians.
    limb_darkening : number or variable
        The exponent ``alpha``; 0 is an even disk, above -1.
    """

    flux: Flux
    diameter: Size
    limb_darkening: Any

    def amplitude(self, q2: Any) -> Any:
        """Return ``Gamma(nu + 1) (2/x)^nu J_nu(x)``, ``nu = 1 + alpha/2``, ``x = pi diameter q``."""
        return bessel_ratio(1.0 + 0.5 * as_tensor(self.limb_darkening), (np.pi * self.diameter) ** 2 * q2)

    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return rings of the law's brightness."""
        alpha = self.number("limb_darkening")
        return limb_rings(lambda mu: mu**alpha, 0.5 * self.number("diameter"), spacing)
