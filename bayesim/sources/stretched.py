"""A source made elliptical."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._linear import baselines, directions
from bayesim.sources._source import Angle, Pair, Source

__all__ = ["Stretched"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stretched(Source):
    """The source scaled by ``axis_ratio`` along its East-West axis, then its North turned to the position angle.

    A round source becomes an ellipse whose major axis keeps its size and lies at the position angle. The flux is
    kept.

    Parameters
    ----------
    source : Source
        What is stretched.
    axis_ratio : number or variable
        Minor over major axis, above 0 and at most 1 (above 1 the major axis is the other one).
    position_angle : angle or variable
        Of the major axis, radians from North through East.
    """

    source: Source
    axis_ratio: Any
    position_angle: Angle

    @property
    def flux(self) -> Any:
        """Flux of the source in Jy."""
        return self.source.flux

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the source's visibility at scaled and turned baselines."""
        u, v = baselines(u, v, ratio=self.axis_ratio, position_angle=self.position_angle)
        return self.source.transform(u, v, None)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the source's points where they go."""
        l, m, flux = self.source.samples(spacing)
        ratio, angle = self.number("axis_ratio"), self.number("position_angle")
        l, m = directions(l, m, ratio=ratio, position_angle=angle)
        return l, m, flux
