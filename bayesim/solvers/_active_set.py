"""Exact minimiser of a LASSO on a handful of atoms: a block active set on the dense Gram matrix.

``min 1/2 f' G f - b' f + rate ||f||_1``, with or without ``f >= 0``. Lawson & Hanson (1974, ch. 23) let one variable
enter at a time; here all atoms that violate their condition enter at once, those that would start in the wrong
direction are sent back, and a blocked step falls back to the single best atom, whose direction is always right. The
objective falls at every step, so the method ends. The inverse of the active block is updated by bordering and Schur
complements, ``O(k^2)`` for each atom that enters or leaves, and never trusted in the end: the last step solves the
active block afresh by Cholesky.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

__all__ = ["ActiveSet", "minimise"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

_RIDGE = 1e-10
"""Relative load of the diagonal, so that two nearly equal atoms do not break the factorisation by rounding."""


_FEW = 4
"""Atoms up to which leaving one by one in place is cheaper than copying the matrix."""


class ActiveSet(NamedTuple):
    """Minimiser on the atoms."""

    values: Floats
    """Fluxes in Jy, shape (k,), exact zeros where inactive."""
    steps: int
    """Solves on an active block spent."""
    solved: bool
    """Whether every optimality condition holds to the tolerance."""


def minimise(
    gram: Floats,
    linear: Floats,
    *,
    rate: float,
    positive: bool,
    start: Floats,
    tolerance: float = 1e-9,
    max_steps: int = 50_000,
) -> ActiveSet:
    """Minimise ``1/2 f'Gf - linear'f + rate ||f||_1``.

    Parameters
    ----------
    gram : ndarray, shape (k, k)
        Positive semi-definite Gram matrix in 1/Jy^2.
    linear : ndarray, shape (k,)
        ``A^T W y`` at the atoms in 1/Jy.
    rate : float
        ``lambda`` in 1/Jy, 0 for (non-negative) least squares.
    positive : bool
        Whether fluxes must not be negative.
    start : ndarray, shape (k,)
        Warm start; its zeros start inactive.
    tolerance : float
        Largest violation of an optimality condition, relative to ``max |linear|``.
    max_steps : int
        Bound on the work.

    Notes
    -----
    Time ``O(k^2)`` a step with about one step for each atom that enters, memory ``3 k^2`` numbers.
    """
    limit = tolerance * float(np.abs(linear).max(initial=rate))
    state = _State(gram, linear, rate, start)
    state.enter(np.flatnonzero(start), np.sign(start))
    state.descend()
    alone = fresh = False
    while state.steps < max_steps:
        gradient = linear - gram @ state.x
        excess = np.where(state.sign == 0, (gradient if positive else np.abs(gradient)) - rate, -np.inf)
        worst = float(excess.max(initial=-np.inf))
        if worst <= limit and fresh:
            return ActiveSet(state.x, state.steps, solved=True)
        if worst > limit:
            entering = np.flatnonzero(excess >= (worst if alone else limit))
            state.enter(entering, np.sign(gradient))
            state.descend()
            blocked = not state.sign[entering].any()
            if not (alone and blocked):
                alone, fresh = blocked, False
                continue
            if fresh:
                break
        state.refresh()
        state.descend()
        fresh = True
    return ActiveSet(state.x, state.steps, solved=False)


class _State:
    """The walk of one minimisation: values, signs and the inverse of the active block."""

    def __init__(self, gram: Floats, linear: Floats, rate: float, start: Floats) -> None:
        self.gram, self.linear, self.rate = gram, linear, rate
        self.x, self.sign = start.copy(), np.zeros(start.size)
        self.members: Indices = np.zeros(0, dtype=np.int64)
        self.inverse: Floats = np.zeros((0, 0))
        self.steps = 0

    def enter(self, atoms: Indices, sign: Floats) -> None:
        """Border the inverse by the atoms."""
        if not atoms.size:
            return
        self.sign[atoms] = sign[atoms]
        border = self.inverse @ self.gram[np.ix_(self.members, atoms)]
        corner = _inverse(
            self.gram[np.ix_(atoms, atoms)] - self.gram[np.ix_(atoms, self.members)] @ border,
            load=_RIDGE * self.gram[atoms, atoms],
        )
        side = border @ corner
        self.inverse = np.block([[self.inverse + side @ border.T, -side], [-side.T, corner]])
        self.members = np.concatenate([self.members, atoms])

    def leave(self, out: Mask) -> None:
        """Take members out by Schur complements."""
        self.sign[self.members[out]] = 0.0
        self.x[self.members[out]] = 0.0
        lost = np.flatnonzero(out)
        if lost.size <= _FEW:
            for place in lost[::-1]:
                self._remove(int(place))
            return
        keep = np.flatnonzero(~out)
        cross = self.inverse[np.ix_(keep, lost)]
        corner = self.inverse[np.ix_(lost, lost)]
        self.inverse = self.inverse[np.ix_(keep, keep)] - cross @ np.linalg.solve(corner, cross.T)
        self.members = self.members[keep]

    def _remove(self, place: int) -> None:
        """Take one member out in place: subtract its rank-one share and let the last member take its row."""
        inverse, last = self.inverse, self.members.size - 1
        column = inverse[:, place].copy()
        inverse -= np.outer(column, column / column[place])
        inverse[place] = inverse[last]
        inverse[:, place] = inverse[:, last]
        self.members[place] = self.members[last]
        self.inverse, self.members = inverse[:last, :last], self.members[:last]

    def refresh(self) -> None:
        """Invert the active block afresh, free of the rounding of the updates."""
        self.inverse = _inverse(
            self.gram[np.ix_(self.members, self.members)], load=_RIDGE * self.gram[self.members, self.members]
        )

    def descend(self) -> None:
        """Walk to the minimiser over the members, dropping those that reach zero on the way."""
        while self.members.size:
            self.steps += 1
            target = self._target()
            x = self.x[self.members]
            wrong = target * self.sign[self.members] <= 0
            if not wrong.any():
                self.x[self.members] = target
                return
            unborn = wrong & (x == 0)
            if unborn.any():
                self.leave(unborn)
                continue
            self.x[self.members] = self._step(x, target, wrong)
            self.leave(self.x[self.members] == 0)

    def _target(self) -> Floats:
        """Minimiser over the members, signs held; refined once, which takes back the ridge and the rounding."""
        slope = self.linear[self.members] - self.rate * self.sign[self.members]
        full = np.zeros_like(self.x)
        full[self.members] = target = self.inverse @ slope
        return np.asarray(target + self.inverse @ (slope - (self.gram @ full)[self.members]))

    def _step(self, x: Floats, target: Floats, wrong: Mask) -> Floats:
        """Go towards the target: to its projection if that is lower, else to the first atom that reaches zero."""
        projected = np.where(wrong, 0.0, target)
        if self._height(projected) < self._height(x):
            return projected
        ratios = np.where(wrong, x / np.where(wrong, x - target, 1.0), np.inf)
        first = int(np.argmin(ratios))
        moved = x + ratios[first] * (target - x)
        moved[first] = 0.0
        return np.where(wrong & (moved * x <= 0), 0.0, moved)

    def _height(self, values: Floats) -> float:
        full = np.zeros_like(self.x)
        full[self.members] = values
        slope = self.linear - self.rate * self.sign
        return float(full @ (0.5 * (self.gram @ full) - slope))


def _inverse(block: Floats, *, load: Floats) -> Floats:
    """Inverse of a positive definite block, by Cholesky; loaded more where rounding has made it indefinite."""
    while True:
        loaded = block.copy()
        loaded.flat[:: loaded.shape[0] + 1] += load
        factor, info = lapack.dpotrf(loaded, lower=1, overwrite_a=1)
        if info == 0:
            inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
            return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T)
        load = load * 100
