"""Joint descent in flux and position: Gauss-Newton steps on exact gradients, damped blend by blend.

Sources within a beam or two of each other form a blend; a blend has its own damping (Levenberg 1944, Marquardt 1963)
and its own verdict on a step, so one difficult pair does not slow the rest of the sky down. Blends that have arrived
are frozen and left in the data while the others move; a last pass over everything confirms the whole.
"""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.directions import Directions, PointResidual
from bayesim.solvers._points import Points
from bayesim.solvers._slide_system import System

__all__ = ["slide"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_STALE = 0.05
"""Beams that sources may move before their information is computed afresh: the gradient is always exact."""

_STRIDE = 0.3
"""Largest move of a step in beams: the main lobe is close to a parabola within it."""

_DAMPING = 1e-3
_LEAST, _MOST = 1e-6, 1e6
"""Damping relative to the diagonal of the information, at first and its bounds: it is known to 1e-6."""

_STUCK = 1.0
"""Damping above which a refused step was too short for the parabola to blame: there is nothing left to gain."""

_ARRIVED = 0.25
"""Fraction of the moving sources that must have arrived before they are frozen: freezing costs a pass over them."""

_KEPT = 0.1
"""A step may take this much of a positive flux's distance to zero at most: zeros are for pruning to decide."""


def slide(
    directions: Directions, points: Points, *, positive: bool, tolerance: float, passes: int, steps: int
) -> tuple[Points, PointResidual, bool]:
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
    points, residual, arrived
        The sources, their exact residual, and whether all have arrived.
    """
    damping = np.full(points.size, _DAMPING)
    for turn in range(passes + 1):
        residual = directions.at(*points)
        if turn == passes:
            break
        if not points.size:
            return points, residual, True
        system = System.at(directions, points, residual.score)
        # a turn must not mistake heavy damping for arrival
        walk = _Walk(directions, residual.visibilities, points, np.minimum(damping, _DAMPING), positive)
        arrived = walk.arrived(system, walk.step(system), tolerance)
        if arrived.all():
            return points, residual, True
        moving, left = np.flatnonzero(~arrived), steps
        part = walk.begin(system, moving)
        while moving.size and left > 0:
            part, arrived, spent = walk.go(part, tolerance=tolerance, steps=left)
            points, left = points.put(moving, walk.points), left - spent
            damping[moving] = walk.damping
            moving, part = moving[~arrived], part.part(np.flatnonzero(~arrived))
            walk.freeze(arrived)
    return points, residual, False


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
        self.refused = np.zeros(points.size, dtype=np.bool_)

    def begin(self, system: System, some: Indices) -> System:
        """Let some of the sources move: put them back into what all sources leave of the data."""
        self.points, self.damping, self.refused = self.points.take(some), self.damping[some], self.refused[some]
        negative = self.points._replace(flux=-self.points.flux)
        self.data = self.directions.at(*negative, data=self.data).visibilities
        return system.part(some)

    def step(self, system: System) -> Floats:
        """Return the next step, shape (3, k)."""
        return self._within_bounds(system.step(self.damping))

    def arrived(self, system: System, step: Floats, tolerance: float) -> NDArray[np.bool_]:
        """Return which sources are in blends whose step promises no more than the tolerance.

        A blend whose last step was refused goes on with a shorter one, which promises less and is no arrival.
        """
        settled = ~self.refused | (self.damping > _STUCK)
        return np.asarray((system.promise(step)[system.blend] <= tolerance) & settled)

    def go(self, system: System, *, tolerance: float, steps: int) -> tuple[System, NDArray[np.bool_], int]:
        """Walk until enough sources have arrived or the steps are spent; return also which, and the steps taken."""
        count = 0
        while True:
            step = self.step(system)
            arrived = self.arrived(system, step, tolerance)
            if np.mean(arrived) >= _ARRIVED or count == steps:
                return system, arrived, count
            count += 1
            proposal = Points(*(old + new for old, new in zip(self.points, step, strict=True)))
            score = self.directions.at(*proposal, data=self.data).score
            gained = np.bincount(system.blend, np.sum(step * (system.score + score) / 2, axis=0))
            ratio = (gained / np.maximum(system.promise(step), 1e-300))[system.blend]
            accepted = ratio > 1e-3
            self._adapt(ratio)
            self.refused = ~accepted
            self.points = Points(
                *(np.where(accepted, new, old) for new, old in zip(proposal, self.points, strict=True))
            )
            system = self._next(system, step, score, accepted)

    def freeze(self, some: NDArray[np.bool_]) -> None:
        """Take sources that have arrived out of the data and off the walk."""
        if some.any():
            self.data = self.directions.at(*self.points.take(some), data=self.data).visibilities
        self.points, self.damping, self.refused = self.points.take(~some), self.damping[~some], self.refused[~some]

    def _next(self, old: System, step: Floats, score: Floats, accepted: NDArray[np.bool_]) -> System:
        """Return the system at the accepted state; what a blend that stayed back changes is added linearly."""
        if not accepted.all():
            back = np.where(accepted, 0.0, step)
            score = score + (old.information @ back.ravel()).reshape(step.shape)
        moved = np.hypot(*(self.directions.metric @ np.where(accepted, step, 0.0)[1:])).max(initial=0.0)
        self.moved += float(moved)
        if self.moved < _STALE:
            return System(score, old.information, old.floor, old.blend)
        self.moved = 0.0
        return System(score, self.directions.information(*self.points), old.floor, old.blend)

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
