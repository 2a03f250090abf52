"""A flat source seen at an angle."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, cos
from bayesim.sources._linear import baselines, directions
from bayesim.sources._source import Angle, Pair, Source

__all__ = ["Inclined"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inclined(Source):
    """The source as a thin plane tilted about a line of nodes: its East-West axis shrinks by ``cos(inclination)``.

    The flux is kept; what is opaque loses ``cos(inclination)`` of it, which its flux or brightness must then say.

    Parameters
    ----------
    source : Source
        The plane seen face-on, its North along the line of nodes.
    inclination : angle or variable
        0 face-on, pi/2 edge-on, radians.
    position_angle : angle or variable
        Of the major axis (the line of nodes), radians from North through East.
    """

    source: Source
    inclination: Angle
    position_angle: Angle

    @property
    def flux(self) -> Any:
        """Flux of the source in Jy."""
        return self.source.flux

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the source's visibility at foreshortened and turned baselines."""
        u, v = baselines(u, v, ratio=cos(as_tensor(self.inclination)), position_angle=self.position_angle)
        return self.source.transform(u, v, None)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the source's points where they go."""
        l, m, flux = self.source.samples(spacing)
        ratio, angle = float(np.cos(self.number("inclination"))), self.number("position_angle")
        l, m = directions(l, m, ratio=ratio, position_angle=angle)
        return l, m, flux
