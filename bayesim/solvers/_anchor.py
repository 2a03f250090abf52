"""Sources on the move: their residual foretold from the exact one of the sources they began as."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._continuous import ContinuousResidual
from bayesim.operators._slopes import Slopes
from bayesim.operators.directions import Directions, PointResidual
from bayesim.solvers._points import Points

__all__ = ["Anchor", "Surroundings"]

_FEW = 60
"""Moving sources up to which the PSF between them is cheaper than convolving the whole field."""


@dataclass(frozen=True, eq=False)
class Anchor:
    """The exact residual of a list of sources, from which that of similar lists is predicted."""

    directions: Directions
    points: Points
    residual: PointResidual

    @classmethod
    def at(cls, directions: Directions, points: Points) -> "Anchor":
        """Read all visibilities."""
        return cls(directions, points, directions.residual(*points))

    def function(self, points: Points) -> ContinuousResidual:
        """Return the residual of other sources."""
        if points is self.points:
            return self.residual.function
        return self.directions.predicted(self.residual, self.points, points)

    def slopes(self, points: Points) -> Slopes:
        """Return gradient and curvature at other sources."""
        return self.directions.slopes(self.function(points).jet(points.l, points.m), *points)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What some of the sources see while all others stay.

    Parameters
    ----------
    anchor : Anchor
        The data fit.
    points : Points
        All sources.
    some : ndarray of int64
        Those on the move.
    """

    anchor: Anchor
    points: Points
    some: NDArray[np.int64]

    @cached_property
    def _function(self) -> ContinuousResidual:
        """The residual of all sources where they began, which only a few sources on the move need."""
        return self.anchor.function(self.points)

    def slopes(self, moved: Points) -> Slopes:
        """Return gradient and curvature at the moved sources."""
        directions = self.anchor.directions
        if moved.size > _FEW:
            jet = self.anchor.function(self.points.put(self.some, moved)).jet(moved.l, moved.m)
        else:
            at = moved.l, moved.m
            jet = self._function.jet(*at) + directions.shifted(at, self.points.take(self.some), moved)
        return directions.slopes(jet, *moved)
