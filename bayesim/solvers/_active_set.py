"""Exact minimiser of a LASSO on a handful of atoms: a block active set on the dense Gram matrix.

``min 1/2 f' G f - b' f + rate ||f||_1``, with or without ``f >= 0``. Lawson & Hanson (1974, ch. 23) let one variable
enter at a time; here all atoms that violate their condition enter at once, those that would start in the wrong
direction are sent back, and a blocked step falls back to the single best atom, whose direction is always right. The
objective falls at every step, so the method ends. The inverse of the active block is updated by bordering and Schur
complements (:mod:`_block_inverse`), ``O(k^2)`` for each atom that enters or leaves, and is handed on from one problem
to the next; values are refined against the Gram matrix itself, and where that does not help the block is inverted
afresh by Cholesky.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.solvers._block_inverse import BlockInverse

__all__ = ["ActiveSet", "minimise"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

_REFINEMENTS = 4

_ON_SUPPORT = 1e-4
"""Of the tolerance: the conditions of the members are linear equations, and refined to rounding at little cost."""


class ActiveSet(NamedTuple):
    """Minimiser on the atoms."""

    values: Floats
    """Fluxes in Jy, shape (k,), exact zeros where inactive."""
    steps: int
    """Solves on an active block spent."""
    solved: bool
    """Whether every optimality condition holds to the tolerance."""
    inverse: BlockInverse
    """Inverse of the Gram matrix of the non-zero atoms, to start the next problem with."""


def minimise(
    gram: Floats,
    linear: Floats,
    *,
    rate: float,
    positive: bool,
    start: Floats,
    inverse: BlockInverse | None = None,
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
    inverse : BlockInverse, optional
        Of the same Gram matrix on the non-zero atoms of ``start``, as an earlier call returned it; it is taken over.
    tolerance : float
        Largest violation of an optimality condition, relative to ``max |linear|``.
    max_steps : int
        Bound on the work.

    Notes
    -----
    Time ``O(k^2)`` a step with about one step for each atom that enters, memory ``3 k^2`` numbers.
    """
    limit = tolerance * float(np.abs(linear).max(initial=rate))
    state = _State(gram, linear, rate, start, inverse)
    state.descend()
    alone = fresh = False
    while state.steps < max_steps:
        gradient = state.polish(limit)
        excess = np.where(state.sign == 0, (gradient if positive else np.abs(gradient)) - rate, -np.inf)
        worst = float(excess.max(initial=-np.inf))
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
        elif fresh or state.error(gradient) <= limit:
            return ActiveSet(state.x, state.steps, solved=True, inverse=state.inverse)
        state.inverse.refresh(gram)
        state.descend()
        fresh = True
    return ActiveSet(state.x, state.steps, solved=False, inverse=state.inverse)


class _State:
    """The walk of one minimisation: values, signs and the inverse of the active block."""

    def __init__(
        self, gram: Floats, linear: Floats, rate: float, start: Floats, inverse: BlockInverse | None
    ) -> None:
        self.gram, self.linear, self.rate = gram, linear, rate
        self.x, self.sign = start.copy(), np.zeros(start.size)
        self.inverse = BlockInverse() if inverse is None else inverse
        self.steps = 0
        if inverse is None:
            self.enter(np.flatnonzero(start), np.sign(start))
        else:
            self.sign[self.members] = np.sign(start[self.members])

    @property
    def members(self) -> Indices:
        """Atoms in use, in the order of the inverse."""
        return self.inverse.members

    def enter(self, atoms: Indices, sign: Floats) -> None:
        """Take atoms in."""
        self.sign[atoms] = sign[atoms]
        self.inverse.enter(self.gram, atoms)

    def leave(self, out: Mask) -> None:
        """Take members out, where ``out`` is true in the order of the inverse."""
        self.sign[self.members[out]] = 0.0
        self.x[self.members[out]] = 0.0
        self.inverse.leave(np.flatnonzero(out))

    def descend(self) -> None:
        """Walk to the minimiser over the members, dropping those that reach zero on the way."""
        while self.members.size:
            self.steps += 1
            members = self.members
            target = self.inverse.times(self.linear[members] - self.rate * self.sign[members])
            x = self.x[members]
            wrong = target * self.sign[members] <= 0
            if not wrong.any():
                self.x[members] = target
                return
            unborn = wrong & (x == 0)
            if unborn.any():
                self.leave(unborn)
                continue
            self.x[members] = self._step(x, target, wrong)
            self.leave(self.x[members] == 0)

    def polish(self, limit: float) -> Floats:
        """Take back the ridge and the rounding of the updates where no sign changes; return the gradient."""
        gradient = self.linear - self.gram @ self.x
        for _ in range(_REFINEMENTS):
            if self.error(gradient) <= _ON_SUPPORT * limit:
                break
            members = self.members
            better = self.x[members] + self.inverse.times(gradient[members] - self.rate * self.sign[members])
            if np.any(better * self.sign[members] <= 0):
                break
            self.x[members] = better
            gradient = self.linear - self.gram @ self.x
        return np.asarray(gradient)

    def error(self, gradient: Floats) -> float:
        """Largest violation of the optimality conditions of the members."""
        return float(np.abs(gradient[self.members] - self.rate * self.sign[self.members]).max(initial=0.0))

    def _step(self, x: Floats, target: Floats, wrong: Mask) -> Floats:
        """Go towards the target: to its projection if that is lower, else to the first atom that reaches zero."""
        projected = np.where(wrong, 0.0, target)
        if self._rise(x, projected) < 0:
            return projected
        ratios = np.where(wrong, x / np.where(wrong, x - target, 1.0), np.inf)
        first = int(np.argmin(ratios))
        moved = x + ratios[first] * (target - x)
        moved[first] = 0.0
        return np.where(wrong & (moved * x <= 0), 0.0, moved)

    def _rise(self, before: Floats, after: Floats) -> float:
        """Change of the objective between two sets of values of the members."""
        mean, change = np.zeros_like(self.x), np.zeros_like(self.x)
        mean[self.members], change[self.members] = (before + after) / 2, after - before
        return float(change @ (self.gram @ mean - self.linear + self.rate * self.sign))
