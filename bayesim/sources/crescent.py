"""A crescent: an even disk with a smaller disk taken out of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, bessel_ratio, turned
from bayesim.sources._round import radial_nodes
from bayesim.sources._source import Flux, Pair, Size, Source

__all__ = ["Crescent"]

Floats = NDArray[np.float64]

_COARSEST = 0.02
"""Distance of samples over the radius of the disk, at most."""


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
        """Return points on rays from the centre of the hole, between its edge and that of the disk."""
        radius, hole = 0.5 * self.number("diameter"), self.number("hole")
        south = (1.0 - hole) * self.number("shift")
        step = min(_COARSEST, spacing / radius) if radius > 0 else _COARSEST
        rays = int(np.ceil(2 * np.pi / step))
        # turned by half a step, so that no ray runs along the axis of symmetry
        angle = (np.arange(rays) + 0.5) * 2 * np.pi / rays
        edge = south * np.cos(angle) + np.sqrt(1.0 - (south * np.sin(angle)) ** 2)
        nodes, weight = radial_nodes(0.0, 1.0, step / float(np.max(edge - hole)))
        width = np.maximum(edge - hole, 0.0)[:, None]
        r = hole + width * nodes
        flux = weight * width * r
        l, m = r * np.sin(angle)[:, None], r * np.cos(angle)[:, None] - south
        return radius * l.ravel(), radius * m.ravel(), self.number("flux") * flux.ravel() / flux.sum()
