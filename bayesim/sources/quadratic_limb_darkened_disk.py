"""A star with quadratic limb darkening, in the parameters that fill a square evenly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, sqrt
from bayesim.sources._limb import limb_amplitude, limb_rings
from bayesim.sources._round import Round
from bayesim.sources._source import Flux, Size

__all__ = ["QuadraticLimbDarkenedDisk"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class QuadraticLimbDarkenedDisk(Round):
    """``I(mu) / I(1) = 1 - a (1 - mu) - b (1 - mu)^2``, ``a = 2 sqrt(q1) q2``, ``b = sqrt(q1) (1 - 2 q2)``.

    ``q1`` and ``q2`` uniform in (0, 1) cover exactly the laws that are positive and fall towards the limb (Kipping
    2013, MNRAS 435, 2152, eq. 15 to 18).

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    diameter : angle or variable
        Of the limb, radians.
    q1, q2 : number or variable
        0 to 1; the derivative by ``q1`` is infinite at 0, as the square root asks.
    """

    flux: Flux
    diameter: Size
    q1: Any
    q2: Any

    def amplitude(self, q2: Any) -> Any:
        """Return the visibilities of 1, ``mu`` and ``mu^2``, by their fluxes."""
        root = sqrt(as_tensor(self.q1))
        a, b = 2.0 * root * self.q2, root * (1.0 - 2.0 * self.q2)
        return limb_amplitude((1.0 - a - b, a + 2.0 * b, -b), (np.pi * self.diameter) ** 2 * q2)

    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return rings of the law's brightness."""
        root, q2 = np.sqrt(self.number("q1")), self.number("q2")
        a, b = 2.0 * root * q2, root * (1.0 - 2.0 * q2)
        return limb_rings(
            lambda mu: 1.0 - a * (1.0 - mu) - b * (1.0 - mu) ** 2, 0.5 * self.number("diameter"), spacing
        )
