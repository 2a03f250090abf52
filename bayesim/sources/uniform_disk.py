"""A disk of even brightness: a star without limb darkening."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import bessel_ratio
from bayesim.sources._limb import limb_rings
from bayesim.sources._round import Round
from bayesim.sources._source import Flux, Size

__all__ = ["UniformDisk"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class UniformDisk(Round):
    """``V = flux 2 J1(x)/x`` with ``x = pi diameter q``.

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    diameter : angle or variable
        Radians.
    """

    flux: Flux
    diameter: Size

    def amplitude(self, q2: Any) -> Any:
        """Return ``2 J1(x)/x``."""
        return bessel_ratio(1.0, (np.pi * self.diameter) ** 2 * q2)

    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return rings of even brightness."""
        return limb_rings(np.ones_like, 0.5 * self.number("diameter"), spacing)
