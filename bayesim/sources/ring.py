"""An infinitesimally thin ring."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import bessel_ratio
from bayesim.sources._round import Round
from bayesim.sources._source import Flux, Size

__all__ = ["Ring"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ring(Round):
    """``V = flux J0(pi diameter q)``.

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
        """Return ``J0(pi diameter q)``."""
        return bessel_ratio(0.0, (np.pi * self.diameter) ** 2 * q2)

    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return the one ring."""
        return np.full(1, 0.5 * self.number("diameter")), np.ones(1)
