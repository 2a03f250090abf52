"""The linear system of a joint step in flux and position, and the blends it falls into."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported on first use, and a mode on the grid needs no scipy.spatial
from numpy.typing import NDArray
from scipy import linalg
from threadpoolctl import threadpool_limits

from bayesim.operators.directions import Directions
from bayesim.solvers._points import Points

__all__ = ["System"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_REACH = 1.5
"""Beams within which two sources are one blend."""


@dataclass(frozen=True, eq=False)
class System:
    """Score, information and blends at one state."""

    score: Floats
    information: Floats
    floor: Floats
    blend: Indices

    @classmethod
    def at(cls, directions: Directions, points: Points, score: Floats) -> "System":
        """Set up the system at sources whose exact score is given, shape (3, k)."""
        information = directions.information(*points)
        # a faint source's position must not run away: it is damped as if its flux were at the noise
        widths = np.diag(directions.metric.T @ directions.metric) * 8 * np.log(2.0)
        floor = np.repeat(np.concatenate([[0.0], widths]), points.size)
        return cls(score, information, floor, _blends(points, directions.metric))

    @property
    def diagonal(self) -> Floats:
        """What damping is relative to, shape (3 k,)."""
        return np.asarray(np.diag(self.information) + self.floor)

    def step(self, damping: Floats) -> Floats:
        """Return the damped step, shape (3, k)."""
        load = np.tile(damping, 3) * self.diagonal
        with threadpool_limits(1, user_api="blas"):
            while True:
                matrix = self.information.copy()
                matrix.flat[:: matrix.shape[0] + 1] += load
                factor, failed = linalg.lapack.dpotrf(matrix, lower=1, overwrite_a=1)
                if not failed:
                    break
                # two sources in one place: rounding can make the matrix indefinite
                load = 10 * load
            step, _ = linalg.lapack.dpotrs(factor, self.score.ravel(), lower=1)
        return np.asarray(step.reshape(3, -1))

    def part(self, some: Indices) -> "System":
        """Return the system of some sources, the others frozen."""
        every = np.concatenate([some + j * self.blend.size for j in range(3)])
        return System(
            self.score[:, some], self.information[np.ix_(every, every)], self.floor[every], self.blend[some]
        )

    def promise(self, step: Floats) -> Floats:
        """Return what a step would take off half the energy, by the number of the blend."""
        change = (self.information @ step.ravel()).reshape(step.shape)
        return np.bincount(self.blend, np.sum(step * (self.score - change / 2), axis=0))


def _blends(points: Points, metric: Floats) -> Indices:
    """Return the number of the group, connected by distances below the reach, that each source is in."""
    pairs = scipy.spatial.cKDTree(points.in_beams(metric)).query_pairs(_REACH, output_type="ndarray")
    links = scipy.sparse.coo_matrix(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(points.size, points.size)
    )
    return np.asarray(scipy.sparse.csgraph.connected_components(links, directed=False)[1], dtype=np.int64)
