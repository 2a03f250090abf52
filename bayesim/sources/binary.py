"""A binary star: two points, the fainter given relative to the brighter."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, cos, n_minus_1, sin, turned, zeros_like
from bayesim.sources._source import Angle, Flux, Pair, Size, Source

__all__ = ["Binary"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Binary(Source):
    """A primary at the phase centre and a companion: ``V = F (1 + f exp(-2 pi i (u l + v m + w (n-1)))) / (1 + f)``.

    Parameters
    ----------
    flux : number, Quantity or variable
        Of both together, Jy.
    flux_ratio : number or variable
        ``f``, companion over primary, not negative.
    separation : angle or variable
        From the primary to the companion, radians.
    position_angle : angle or variable
        Of the companion seen from the primary, radians from North through East.
    """

    flux: Flux
    flux_ratio: Any
    separation: Size
    position_angle: Angle

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the two points weighted with their fractions of the flux."""
        angle = as_tensor(self.position_angle)
        l, m = self.separation * sin(angle), self.separation * cos(angle)
        turns = u * l + v * m
        if w is not None:
            turns = turns + w * n_minus_1(l, m)
        primary = self.flux / (1.0 + self.flux_ratio)
        real, imag = turned((primary * self.flux_ratio, zeros_like(u)), turns)
        return primary + real, imag

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return primary and companion."""
        ratio, angle = self.number("flux_ratio"), self.number("position_angle")
        place = np.array([0.0, 1.0]) * self.number("separation")
        share = np.array([1.0, ratio]) * self.number("flux") / (1.0 + ratio)
        return place * np.sin(angle), place * np.cos(angle), share
