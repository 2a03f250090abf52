"""A list of point sources on its way through merging, sliding and pruning."""

from typing import NamedTuple

import numpy as np
import scipy  # its parts are imported on first use, and a mode on the grid needs no scipy.spatial
from numpy.typing import NDArray

__all__ = ["Points", "merged"]

Floats = NDArray[np.float64]


class Points(NamedTuple):
    """Sources with continuous positions; ``tuple(points)`` are the arguments of ``Directions``."""

    flux: Floats
    """Jy, shape (k,)."""
    l: Floats
    """Direction cosine to the East, shape (k,)."""
    m: Floats
    """Direction cosine to the North, shape (k,)."""

    @property
    def size(self) -> int:
        """Number of sources."""
        return int(self.flux.size)

    def take(self, some: NDArray[np.bool_] | NDArray[np.int64]) -> "Points":
        """Return some of the sources."""
        return Points(self.flux[some], self.l[some], self.m[some])

    def put(self, some: NDArray[np.bool_] | NDArray[np.int64], new: "Points") -> "Points":
        """Return the sources with some of them replaced."""
        columns = [column.copy() for column in self]
        for column, values in zip(columns, new, strict=True):
            column[some] = values
        return Points(*columns)

    def joined(self, new: "Points") -> "Points":
        """Return these sources followed by new ones."""
        return Points(*(np.concatenate(pair) for pair in zip(self, new, strict=True)))

    def in_beams(self, metric: Floats) -> Floats:
        """Return positions whose distances are in beams, shape (k, 2)."""
        return np.column_stack([self.l, self.m]) @ metric.T


def merged(points: Points, metric: Floats, *, radius: float) -> Points:
    """Merge sources of one sign that lie within ``radius`` beams, to their centroid, nearest pairs first.

    In every round each pair of mutual nearest neighbours merges: a chain of close atoms becomes sources
    ``radius`` apart, not one source at the centre of the chain.
    """
    signs = (points.take(points.flux > 0), points.take(points.flux < 0))
    return _alike_merged(signs[0], metric, radius).joined(_alike_merged(signs[1], metric, radius))


def _alike_merged(points: Points, metric: Floats, radius: float) -> Points:
    while points.size > 1:
        distance, neighbour = scipy.spatial.cKDTree(points.in_beams(metric)).query(points.in_beams(metric), k=2)
        nearest, index = neighbour[:, 1], np.arange(points.size)
        pair = (nearest[nearest] == index) & (index < nearest) & (distance[:, 1] < radius)
        if not pair.any():
            break
        a, b = index[pair], nearest[pair]
        total = points.flux[a] + points.flux[b]
        l, m = ((points.flux[a] * x[a] + points.flux[b] * x[b]) / total for x in (points.l, points.m))
        points = points.put(a, Points(total, l, m)).take(np.setdiff1d(index, b))
    return points
