"""A star whose brightness falls linearly towards the limb."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._limb import limb_amplitude, limb_rings
from bayesim.sources._round import Round
from bayesim.sources._source import Flux, Size

__all__ = ["LinearLimbDarkenedDisk"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearLimbDarkenedDisk(Round):
    """``I(mu) / I(1) = 1 - limb_darkening (1 - mu)`` (Hanbury Brown et al. 1974, MNRAS 167, 475).

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    diameter : angle or variable
        Of the limb, radians.
    limb_darkening : number or variable
        0 (even) to 1 (dark limb).
    """

    flux: Flux
    diameter: Size
    limb_darkening: Any

    def amplitude(self, q2: Any) -> Any:
        """Return the visibilities of 1 and ``mu``, by their fluxes."""
        return limb_amplitude((1.0 - self.limb_darkening, self.limb_darkening), (np.pi * self.diameter) ** 2 * q2)

    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return rings of the law's brightness."""
        k = self.number("limb_darkening")
        return limb_rings(lambda mu: 1.0 - k * (1.0 - mu), 0.5 * self.number("diameter"), spacing)
