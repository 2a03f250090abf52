"""A crescent: an even disk with a smaller disk taken out of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, bessel_ratio, turned
from bayesim.sources._limb import limb_rings
from bayesim.sources._round import spread
from bayesim.sources._source import Flux, Pair, Size, Source

__all__ = ["Crescent"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crescent(Source):
    """An even disk with a round hole (Kamruddin & Dexter 2013, MNRAS 434, 765), its thick side to the North.

    Turn it with :class:`~bayesim.sources.Rotated`: the position angle is then that of the thick side.

    Parameters
    ----------
    flux : number, Quantity or variable
        Of what is left, Jy.
    diameter : angle or variable
        Of the disk, radians.
    hole : number or variable
        Diameter of the hole over that of the disk, 0 to below 1.
    shift : number or variable
        Of the hole to the South, over the room that it has: 0 is a ring, 1 touches the edge.
    """

    flux: Flux
    diameter: Size
    hole: Any
    shift: Any

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the difference of two disks, ``2 J1(x)/x`` each, weighted with their areas."""
        z = (np.pi * self.diameter) ** 2 * (u**2 + v**2)
        area = as_tensor(self.hole) ** 2
        south = -0.5 * self.diameter * (1.0 - self.hole) * self.shift
        taken = area * bessel_ratio(1.0, area * z)
        real, imag = turned((taken, 0.0 * taken), v * south)
        scale = self.flux / (1.0 - area)
        return scale * (bessel_ratio(1.0, z) - real), -scale * imag

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the points of the disk and, of negative flux, those of the hole."""
        radius, hole = 0.5 * self.number("diameter"), self.number("hole")
        scale = self.number("flux") / (1.0 - hole**2)
        l, m, whole = spread(*limb_rings(np.ones_like, radius, spacing), spacing)
        l2, m2, taken = spread(*limb_rings(np.ones_like, radius * hole, spacing), spacing)
        south = -radius * (1.0 - hole) * self.number("shift")
        flux = np.concatenate([scale * whole, -scale * hole**2 * taken])
        return np.concatenate([l, l2]), np.concatenate([m, m2 + south]), flux
