"""The linear system of a joint step in flux and position, and the blends it falls into."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy  # its parts are imported on first use, and a mode on the grid needs no scipy.spatial
from numpy.typing import NDArray
from scipy import linalg
from threadpoolctl import threadpool_limits

from bayesim.operators._slopes import Slopes
from bayesim.operators.directions import Directions
from bayesim.solvers._points import Points

__all__ = ["System"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_REACH = 1.0
"""Beams within which two sources are one blend."""

_NEAR = 1.5
"""Beams within which what two sources have in common follows their every move."""

_FLAT = 1e-6
"""Least curvature, relative to the diagonal: the information is known to this."""


@dataclass(frozen=True, eq=False)
class System:
    """Gradient, curvature and blends at one state."""

    flux: Floats
    score: Floats
    bend: Floats
    information: Floats
    floor: Floats
    blend: Indices

    @classmethod
    def at(cls, directions: Directions, points: Points, slopes: Slopes) -> "System":
        """Set up the system at sources whose slopes are given."""
        information = directions.information(*points)
        # a faint source's position must not run away: it is damped as if its flux were at the noise
        widths = np.diag(directions.metric.T @ directions.metric) * 8 * np.log(2.0)
        floor = np.repeat(np.concatenate([[0.0], widths]), points.size)
        return cls(points.flux, slopes.score, slopes.bend, information, floor, _blends(points, directions.metric))

    @property
    def diagonal(self) -> Floats:
        """What damping is relative to, shape (3 k,)."""
        return np.asarray(np.diag(self.information) + self.floor)

    @cached_property
    def matrix(self) -> Floats:
        """Newton's matrix, shape (3 k, 3 k), negative curvature made positive (Dauphin et al. 2014)."""
        matrix, k = self.information.copy(), self.blend.size
        every = np.arange(k)
        matrix.reshape(3, k, 3, k)[:, every, :, every] -= self.bend
        unit = np.sqrt(self.diagonal)
        order = np.argsort(self.blend, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(self.blend[order])) + 1):
            rows = (some + k * np.arange(3)[:, None]).ravel()
            block, scale = np.ix_(rows, rows), np.outer(unit[rows], unit[rows])
            values, vectors = np.linalg.eigh(matrix[block] / scale)
            if values[0] < _FLAT:
                matrix[block] = (vectors * np.maximum(np.abs(values), _FLAT)) @ vectors.T * scale
        return matrix

    def step(self, damping: Floats) -> Floats:
        """Return the damped step, shape (3, k)."""
        load = np.tile(damping, 3) * self.diagonal
        with threadpool_limits(1, user_api="blas"):
            while True:
                matrix = self.matrix.copy()
                matrix.flat[:: matrix.shape[0] + 1] += load
                factor, failed = linalg.lapack.dpotrf(matrix, lower=1, overwrite_a=1)
                if not failed:
                    break
                # two sources in one place: rounding can make the matrix indefinite
                load = 10 * load
            step, _ = linalg.lapack.dpotrs(factor, self.score.ravel(), lower=1)
        return np.asarray(step.reshape(3, -1))

    def change(self, step: Floats) -> Floats:
        """Return by how much a step lowers the score, to first order, shape (3, k)."""
        return np.asarray((self.matrix @ step.ravel()).reshape(step.shape))

    def after(self, directions: Directions, points: Points, slopes: Slopes) -> "System":
        """Return the system of moved sources; of sidelobes, what far sources have in common, only fluxes change."""
        ratio = points.flux / self.flux
        scale = np.concatenate([np.ones(ratio.size), ratio, ratio])
        information = self.information * scale[:, None] * scale
        directions.update_information(information, points, *_pairs(points, directions.metric, _NEAR))
        return System(points.flux, slopes.score, slopes.bend, information, self.floor, self.blend)

    def part(self, some: Indices) -> "System":
        """Return the system of some sources, the others frozen."""
        every = np.concatenate([some + j * self.blend.size for j in range(3)])
        information = self.information[np.ix_(every, every)]
        slopes = self.score[:, some], self.bend[some]
        return System(self.flux[some], *slopes, information, self.floor[every], self.blend[some])

    def promise(self, step: Floats) -> Floats:
        """Return what a step would take off half the energy, by the number of the blend."""
        return np.bincount(self.blend, np.sum(step * (self.score - self.change(step) / 2), axis=0))


def _pairs(points: Points, metric: Floats, reach: float) -> tuple[Indices, Indices]:
    """Return all pairs of sources, each with itself too, within ``reach`` beams."""
    pairs = scipy.spatial.cKDTree(points.in_beams(metric)).query_pairs(reach, output_type="ndarray")
    own = np.arange(points.size)
    return np.append(pairs[:, 0], own), np.append(pairs[:, 1], own)


def _blends(points: Points, metric: Floats) -> Indices:
    """Return the number of the group, connected by distances below the reach, that each source is in."""
    near = _pairs(points, metric, _REACH)
    links = scipy.sparse.coo_matrix((np.ones(near[0].size), near), shape=(points.size, points.size))
    return np.asarray(scipy.sparse.csgraph.connected_components(links, directed=False)[1], dtype=np.int64)
