"""A source turned about the phase centre."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._linear import baselines, directions
from bayesim.sources._source import Angle, Pair, Source

__all__ = ["Rotated"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rotated(Source):
    """The source's North is turned to the position angle.

    Parameters
    ----------
    source : Source
        What is turned.
    position_angle : angle or variable
        Where its North goes, radians from North through East.
    """

    source: Source
    position_angle: Angle

    @property
    def flux(self) -> Any:
        """Flux of the source in Jy."""
        return self.source.flux

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the source's visibility at turned baselines."""
        u, v = baselines(u, v, ratio=1.0, position_angle=self.position_angle)
        return self.source.transform(u, v, w)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the source's points where they go."""
        l, m, flux = self.source.samples(spacing)
        ratio, angle = 1.0, self.number("position_angle")
        l, m = directions(l, m, ratio=ratio, position_angle=angle)
        return l, m, flux
