"""Joint descent in flux and position: Gauss-Newton steps on exact gradients, damped blend by blend.

Sources within a beam or two of each other form a blend; a blend has its own damping (Levenberg 1944, Marquardt 1963)
and its own verdict on a step, so one difficult pair does not slow the rest of the sky down. Blends that have arrived
are frozen and left in the data while the others move; a last pass over everything confirms the whole.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from threadpoolctl import threadpool_limits

from bayesim.operators.directions import Directions, PointResidual
from bayesim.solvers._points import Points

__all__ = ["slide"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_REACH = 1.5
"""Beams within which two sources are one blend."""

_STALE = 0.05
"""Beams that sources may move before their information is computed afresh: the gradient is always exact."""

_STRIDE = 0.3
"""Largest move of a step in beams: the main lobe is close to a parabola within it."""

_DAMPING = 1e-3
_LEAST, _MOST = 1e-9, 1e6
"""Damping relative to the diagonal of the information, at first and its bounds."""

_KEPT = 0.1
"""A step may take this much of a positive flux's distance to zero at most: zeros are for pruning to decide."""


def slide(
    directions: Directions, points: Points, *, positive: bool, tolerance: float, passes: int, steps: int
) -> tuple[Points, PointResidual]:
    """Move all sources to the nearest minimum of ``||y - A(f, l, m)||_W^2``.

    Parameters
    ----------
    directions : Directions
        The data fit.
    points : Points
        Where to begin.
    positive : bool
        Whether fluxes stay positive.
    tolerance : float
        A blend has arrived when its next step would lower half the energy by less; 0.01 is a tenth of a standard
        error.
    passes : int
        Bound on the passes over all sources.
    steps : int
        Bound on the steps of the moving blends between two passes.

    Returns
    -------
    points, residual
        The sources and their exact residual.
    """
    damping = np.full(points.size, _DAMPING)
    for turn in range(passes + 1):
        residual = directions.at(*points)
        if not points.size or turn == passes:
            break
        system = _System.at(directions, points, residual.score)
        promise = system.promise()
        moving = np.flatnonzero(promise[system.blend] > tolerance)
        if not moving.size:
            break
        rest = np.setdiff1d(np.arange(points.size), moving)
        data = directions.vis.data if not rest.size else _without(directions, points.take(rest))
        walk = _Walk(directions, data, points.take(moving), damping[moving], positive)
        walk.go(system.part(moving), tolerance=tolerance, steps=steps)
        points = points.put(moving, walk.points)
        damping[moving] = walk.damping
    return points, residual


def _without(directions: Directions, fixed: Points) -> NDArray[np.complex128]:
    """Return what frozen sources leave of the data."""
    return directions.at(*fixed).visibilities


@dataclass(frozen=True, eq=False)
class _System:
    """Score, information and blends at one state."""

    score: Floats
    information: Floats
    floor: Floats
    blend: Indices

    @classmethod
    def at(cls, directions: Directions, points: Points, score: Floats) -> "_System":
        information = directions.information(*points)
        # a faint source's position must not run away: it is damped as if its flux were at the noise
        widths = np.diag(directions.metric.T @ directions.metric) * 8 * np.log(2.0)
        floor = np.repeat(np.concatenate([[0.0], widths]), points.size)
        return cls(score, information, floor, _blends(points, directions.metric))

    @property
    def diagonal(self) -> Floats:
        return np.asarray(np.diag(self.information) + self.floor)

    def step(self, damping: Floats) -> Floats:
        """Return the damped step, shape (3, k)."""
        matrix = self.information.copy()
        matrix.flat[:: matrix.shape[0] + 1] += np.tile(damping, 3) * self.diagonal
        with threadpool_limits(1, user_api="blas"):
            factor = linalg.cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
            step = linalg.cho_solve(factor, self.score.ravel(), check_finite=False)
        return np.asarray(step.reshape(3, -1))

    def promise(self) -> Floats:
        """Return what the next step would take off half the energy, per blend."""
        step = self.step(np.full(self.blend.size, _LEAST))
        return np.bincount(self.blend, np.sum(step * self.score, axis=0) / 2)

    def part(self, some: Indices) -> "_System":
        """Return the system of some sources, the others frozen."""
        every = np.concatenate([some + j * self.blend.size for j in range(3)])
        return _System(
            self.score[:, some], self.information[np.ix_(every, every)], self.floor[every], self.blend[some]
        )


class _Walk:
    """Sources on the move against data from which the frozen ones are taken out."""

    def __init__(
        self,
        directions: Directions,
        data: NDArray[np.complex128],
        points: Points,
        damping: Floats,
        positive: bool,  # noqa: FBT001
    ) -> None:
        self.directions, self.data, self.positive = directions, data, positive
        self.points, self.damping, self.moved = points, damping.copy(), 0.0

    def go(self, system: _System, *, tolerance: float, steps: int) -> None:
        """Walk until every blend has arrived or the steps are spent."""
        count = 0
        while True:
            step = self._within_bounds(system.step(self.damping))
            change = (system.information @ step.ravel()).reshape(step.shape)
            blend = np.unique(system.blend, return_inverse=True)[1]
            promise = np.bincount(blend, np.sum(step * (system.score - change / 2), axis=0))
            if np.all(promise <= tolerance) or count == steps:
                return
            count += 1
            proposal = Points(*(old + new for old, new in zip(self.points, step, strict=True)))
            score = self.directions.at(*proposal, data=self.data).score
            gained = np.bincount(blend, np.sum(step * (system.score + score) / 2, axis=0))
            ratio = (gained / np.maximum(promise, 1e-300))[blend]
            accepted = ratio > 1e-3
            self._adapt(ratio)
            self.points = Points(
                *(np.where(accepted, new, old) for new, old in zip(proposal, self.points, strict=True))
            )
            system = self._next(system, step, score, accepted)

    def _next(self, old: _System, step: Floats, score: Floats, accepted: NDArray[np.bool_]) -> _System:
        """Return the system at the accepted state; what a blend that stayed back changes is added linearly."""
        if not accepted.all():
            back = np.where(accepted, 0.0, step)
            score = score + (old.information @ back.ravel()).reshape(step.shape)
        moved = np.hypot(*(self.directions.metric @ np.where(accepted, step, 0.0)[1:])).max(initial=0.0)
        self.moved += float(moved)
        if self.moved < _STALE:
            return _System(score, old.information, old.floor, old.blend)
        self.moved = 0.0
        return _System(score, self.directions.information(*self.points), old.floor, old.blend)

    def _adapt(self, ratio: Floats) -> None:
        """Nielsen's (1999) rule: the damping falls smoothly as the promise is kept, and rises when it is not."""
        factor = np.maximum(0.1, 1 - (2 * np.clip(ratio, 0.0, 1.0) - 1) ** 3)
        factor = np.where(ratio < 0.25, 4.0, factor)
        self.damping = np.clip(self.damping * factor, _LEAST, _MOST)

    def _within_bounds(self, step: Floats) -> Floats:
        """Shorten steps that leave the parabola, the field or the positive fluxes."""
        length = np.hypot(*(self.directions.metric @ step[1:]))
        step = step * np.minimum(1.0, _STRIDE / np.maximum(length, 1e-300))
        if self.positive:
            step[0] = np.maximum(step[0], (_KEPT - 1) * self.points.flux)
        grid = self.directions.grid
        for row, here, axis in ((1, self.points.l, grid.l), (2, self.points.m, grid.m)):
            step[row] = np.clip(here + step[row], axis.min(), axis.max()) - here
        return np.asarray(step)


def _blends(points: Points, metric: Floats) -> Indices:
    """Return the number of the group, connected by distances below the reach, that each source is in."""
    pairs = cKDTree(points.in_beams(metric)).query_pairs(_REACH, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(points.size, points.size))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)
