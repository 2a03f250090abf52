"""Joint descent in flux and position: Newton steps, damped blend by blend.

Sources within a beam or two of each other form a blend; a blend has its own damping (Levenberg 1944, Marquardt 1963)
and its own verdict on a step, so one difficult pair does not slow the rest of the sky down. Blends that have arrived
are frozen while the others move; a last pass over everything confirms the whole.
"""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.directions import Directions
from bayesim.solvers._anchor import Anchor, Surroundings
from bayesim.solvers._points import Points
from bayesim.solvers._slide_system import System

__all__ = ["slide"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_STRIDE = 0.3
"""Largest move of a step in beams: the main lobe is close to a parabola within it."""

_DAMPING = 1e-3
_LEAST, _MOST = 1e-6, 1e6
"""Damping relative to the diagonal of the information, at first and its bounds: it is known to 1e-6."""

_STUCK = 1.0
"""Damping above which a refused step was too short for the parabola to blame: there is nothing left to gain."""

_ARRIVED = 0.25
"""Fraction of the moving sources that must have arrived before they are frozen: their surroundings are made anew."""

_TRIES = 4
"""Times that damping is raised tenfold before a step is cut to fit."""

_KEPT = 0.1
"""A step may take this much of a positive flux's distance to zero at most: zeros are for pruning to decide."""

_TAKEN = 1e-3
"""Share of its promise that a step must keep."""


def slide(
    anchor: Anchor, points: Points, *, positive: bool, tolerance: float, passes: int, steps: int
) -> tuple[Points, Floats, bool]:
    """Move all sources to the nearest minimum of ``||y - A(f, l, m)||_W^2``.

    Parameters
    ----------
    anchor : Anchor
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
    points, score, arrived
        The sources, the gradient there, shape (3, k), and whether all have arrived.
    """
    directions, every = anchor.directions, np.arange(points.size)
    system = System.at(directions, points, anchor.slopes(points))
    walk = _Walk(directions, positive, points, system, np.full(points.size, _DAMPING))
    arrived = walk.arrived(tolerance)
    for _ in range(passes):
        if arrived.all():
            break
        damping, moving, left = walk.damping.copy(), every, steps
        while left > 0:
            around = Surroundings(anchor, points, moving)
            arrived, spent = walk.go(around, tolerance=tolerance, steps=left)
            points, left = points.put(moving, walk.points), left - spent
            damping[moving] = walk.damping
            if arrived.all():
                break
            moving, walk = moving[~arrived], walk.part(np.flatnonzero(~arrived))
        system = system.after(directions, points, anchor.slopes(points))
        # a pass must not mistake heavy damping for arrival
        walk = _Walk(directions, positive, points, system, np.minimum(damping, _DAMPING))
        arrived = walk.arrived(tolerance)
    return points, system.score, bool(arrived.all())


class _Walk:
    """Sources on the move, with their system."""

    def __init__(
        self,
        directions: Directions,
        positive: bool,  # noqa: FBT001
        points: Points,
        system: System,
        damping: Floats,
    ) -> None:
        self.directions, self.positive = directions, positive
        self.points, self.system, self.damping = points, system, damping
        self.refused = np.zeros(points.size, dtype=np.bool_)
        self.step = self._next()

    def part(self, some: Indices) -> "_Walk":
        """Return the walk of some of the sources, the others frozen."""
        points, system = self.points.take(some), self.system.part(some)
        part = _Walk(self.directions, self.positive, points, system, self.damping[some])
        part.refused = self.refused[some]
        return part

    def arrived(self, tolerance: float) -> NDArray[np.bool_]:
        """Return which sources are in blends whose next step promises no more than the tolerance.

        A blend whose last step was refused goes on with a shorter one, which promises less and is no arrival.
        """
        settled = ~self.refused | (self.damping > _STUCK)
        return np.asarray((self.system.promise(self.step)[self.system.blend] <= tolerance) & settled)

    def go(self, around: Surroundings, *, tolerance: float, steps: int) -> tuple[NDArray[np.bool_], int]:
        """Walk until enough sources have arrived or the steps are spent; return which, and the steps taken."""
        spent, arrived = 0, np.zeros(self.points.size, dtype=np.bool_)
        while spent < steps and np.mean(arrived) < _ARRIVED:
            self._take(around)
            arrived, spent = self.arrived(tolerance), spent + 1
        return arrived, spent

    def _take(self, around: Surroundings) -> None:
        """Take the step where it keeps its promise."""
        system, step = self.system, self.step
        proposal = Points(*(old + new for old, new in zip(self.points, step, strict=True)))
        slopes = around.slopes(proposal)
        gained = np.bincount(system.blend, np.sum(step * (system.score + slopes.score) / 2, axis=0))
        promise = system.promise(step)
        ratio = (gained / np.where(promise > 0, promise, np.inf))[system.blend]
        accepted = ratio > _TAKEN
        self.damping, self.refused = _adapted(self.damping, ratio), ~accepted
        back = np.where(accepted, 0.0, step)
        self.points = Points(*(np.where(accepted, new, old) for new, old in zip(proposal, self.points, strict=True)))
        if back.any():
            slopes = slopes._replace(score=slopes.score + system.change(back))
        self.system = system.after(self.directions, self.points, slopes)
        self.step = self._next()

    def _next(self) -> Floats:
        """Return the next step, shape (3, k); blends that would leave parabola or positive fluxes are damped more."""
        blend = self.system.blend
        for _ in range(_TRIES):
            step = self.system.step(self.damping)
            length = np.hypot(*(self.directions.metric @ step[1:]))
            far = length > _STRIDE
            if self.positive:
                far |= step[0] < (_KEPT - 1) * self.points.flux
            if not far.any():
                break
            self.damping = np.where(np.isin(blend, blend[far]), np.minimum(10 * self.damping, _MOST), self.damping)
        return self._within_bounds(step)

    def _within_bounds(self, step: Floats) -> Floats:
        length = np.hypot(*(self.directions.metric @ step[1:]))
        step = step * np.minimum(1.0, _STRIDE / np.maximum(length, 1e-300))
        if self.positive:
            step[0] = np.maximum(step[0], (_KEPT - 1) * self.points.flux)
        grid = self.directions.grid
        for row, here, axis in ((1, self.points.l, grid.l), (2, self.points.m, grid.m)):
            step[row] = np.clip(here + step[row], axis.min(), axis.max()) - here
        return np.asarray(step)


def _adapted(damping: Floats, ratio: Floats) -> Floats:
    """Nielsen's (1999) rule: the damping falls smoothly as the promise is kept, and rises when it is not."""
    factor = np.maximum(0.1, 1 - (2 * np.clip(ratio, 0.0, 1.0) - 1) ** 3)
    factor = np.where(ratio < 0.25, 4.0, factor)
    return np.clip(damping * factor, _LEAST, _MOST)
