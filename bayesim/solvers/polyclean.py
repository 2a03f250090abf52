"""PolyCLEAN: the LASSO by a polyatomic Frank-Wolfe method whose inner problem lives on the Gram matrix."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from bayesim.operators._contract import NormalEquations, Predicting, Residual
from bayesim.priors import Prior, fixed_rate
from bayesim.solvers._active_set import minimise
from bayesim.solvers._atoms import Atoms
from bayesim.solvers._gap import Optimality, crests, optimality
from bayesim.solvers._solution import Iterate, Solution, Step, certified

__all__ = ["PolyClean"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_BELOW = 0.3
"""Of the gap asked for: where predictions stop, so that the exact residual confirms it."""

_TRUST = 1e-4
"""By how much predictions lower a gap before an exact residual is due: their error relative to the change."""

_ROUNDS = 40

_THREADS = ThreadpoolController()
"""Made once: it searches the libraries of the process, which takes milliseconds."""


@dataclass(frozen=True)
class PolyClean:
    """Solver of ``min 1/2 ||y - A x||_W^2 + lambda ||x||_1``, with or without positivity.

    Each cycle adds every local maximum of the dual certificate that stands out, solves the problem on the atoms
    exactly on their Gram matrix, drops the atoms that became zero, and computes the residual with the exact
    operator. It stops on the duality gap.

    Parameters
    ----------
    relative_gap : float
        Duality gap asked for, relative to the objective.
    max_cycles : int
        Bound on the exact residuals.
    threshold : float
        In [0, 1): a local maximum of the certificate enters when it exceeds 1 by more than this fraction of the
        largest excess.
    progress : callable, optional
        Called with each :class:`~bayesim.solvers.Step`.
    keep : callable, optional
        Called with each :class:`~bayesim.solvers.Iterate`, such as a :class:`~bayesim.solvers.Checkpoint`.

    References
    ----------
    Jarret, Kashani, Rue-Queralt, Hurley, Fageot & Simeoni 2025, "PolyCLEAN: atomic optimization for super-resolution
    imaging and uncertainty estimation in radio interferometry", A&A 693, A225.
    """

    relative_gap: float = 1e-4
    max_cycles: int = 200
    threshold: float = 0.02
    progress: Callable[[Step], None] | None = field(default=None, compare=False)
    keep: Callable[[Iterate], None] | None = field(default=None, compare=False)

    def solve(self, equations: NormalEquations, prior: Prior, *, start: Solution | None = None) -> Solution:
        """Find the maximum a posteriori sky.

        Parameters
        ----------
        equations : NormalEquations
            Data fit on a grid.
        prior : Prior
            Laplace or PositiveLaplace of fixed rate.
        start : Solution, optional
            Warm start on the same grid, such as the solution at a neighbouring rate.

        Returns
        -------
        Solution
            With certificate, gap and history; ``converged`` says whether the gap was reached. Ctrl-C returns the
            best sky so far with its gap.

        Raises
        ------
        ModelError
            The rate is to be inferred: the joint mode does not exist.
        GridError
            The warm start is on another grid.
        """
        fixed_rate(prior)
        began = time.perf_counter()
        atoms = Atoms.begin(equations, prior, start)
        residual = equations.residual(atoms.indices, atoms.values)
        history: list[Step] = []
        while True:
            state = optimality(residual, prior, atoms.values, residual.at(atoms.indices))
            step = Step(atoms.indices.size, *state, seconds=time.perf_counter() - began)
            history.append(step)
            if self.progress is not None:
                self.progress(step)
            if self.keep is not None:
                self.keep(Iterate(equations.grid, prior, atoms.indices, atoms.values, step))
            reason = self._stopped(history)
            if reason:
                break
            try:
                new = self._cycle(atoms, residual, state)
                residual, atoms = equations.residual(new.indices, new.values), new
            except KeyboardInterrupt:
                reason = f"interrupted: the best sky so far, {state.gap / state.objective:.1e} from the optimum"
                break
        return certified(
            equations,
            prior,
            indices=atoms.indices,
            fluxes=atoms.values,
            residual=residual,
            history=history,
            relative_gap=self.relative_gap,
            reason=reason,
        )

    def _stopped(self, history: list[Step]) -> str:
        """Return why to stop now, empty to go on."""
        last = history[-1]
        if last.gap <= self.relative_gap * last.objective:
            return f"relative gap {last.gap / max(last.objective, 1e-300):.1e} <= {self.relative_gap:.0e}"
        if len(history) > self.max_cycles:
            return f"stopped after {self.max_cycles} cycles"
        if _stalled(history):
            return "the gap stopped falling: the accuracy of the operators is reached"
        return ""

    def _cycle(self, atoms: Atoms, residual: Residual, state: Optimality) -> Atoms:
        """Improve the sky on one exact residual, by as many rounds as predictions of the residual are good for."""
        origin, equations = atoms, atoms.equations
        atoms = self._round(atoms, residual, state)
        if not _predicts(equations):
            return atoms
        aim = max(_BELOW * self.relative_gap, _TRUST * state.gap / state.objective)
        for _ in range(_ROUNDS):
            guess = equations.predicted(residual, *atoms.change_from(origin))
            state = optimality(guess, atoms.prior, atoms.values, guess.at(atoms.indices))
            if state.gap <= aim * state.objective:
                break
            atoms = self._round(atoms, guess, state)
        return atoms

    def _round(self, atoms: Atoms, residual: Residual, state: Optimality) -> Atoms:
        atoms = atoms.with_new(self._peaks(atoms, residual, state))
        linear = residual.at(atoms.indices) + atoms.gram @ atoms.values
        rate = fixed_rate(atoms.prior)
        # a few hundred atoms: BLAS threads would wait for each other longer than they work
        with _THREADS.limit(limits=1, user_api="blas"):
            fit = minimise(
                atoms.gram, linear, rate=rate, positive=atoms.positive, start=atoms.values, inverse=atoms.inverse
            )
        return atoms.with_values(fit)

    def _peaks(self, atoms: Atoms, residual: Residual, state: Optimality) -> Indices:
        """Local maxima of the certificate above the entry level that are no atoms yet."""
        indices, certificate = crests(residual, atoms.prior)
        level = 1.0 + self.threshold * (state.max_certificate - 1.0)
        found = indices[certificate > level]
        if not _predicts(atoms.equations):
            # more atoms than needed cost less than one more pass through the data
            found = _with_neighbours(found, residual, atoms)
        found = np.setdiff1d(found, atoms.indices)
        if not found.size:
            # the atoms are the maxima already: the best pixel beside one, or none where the inner problem must settle
            beside = np.setdiff1d(_with_neighbours(indices, residual, atoms), atoms.indices)
            heights = atoms.prior.certificate(residual.at(beside))
            found = beside[np.argsort(-heights, kind="stable")[:1]]
        return found


def _predicts(equations: NormalEquations) -> TypeGuard[Predicting]:
    """Whether rounds between exact residuals are cheap."""
    return isinstance(equations, Predicting) and equations.predicts


def _with_neighbours(pixels: Indices, residual: Residual, atoms: Atoms) -> Indices:
    """Add the higher neighbour along either axis: a source between pixels needs more than one of them."""
    rows, columns = atoms.equations.grid.shape
    row, column = np.divmod(pixels, columns)

    def height(r: Indices, c: Indices) -> Floats:
        return atoms.prior.certificate(residual.at(r.clip(0, rows - 1) * columns + c.clip(0, columns - 1)))

    up = (row + np.where(height(row + 1, column) > height(row - 1, column), 1, -1)).clip(0, rows - 1)
    aside = (column + np.where(height(row, column + 1) > height(row, column - 1), 1, -1)).clip(0, columns - 1)
    return np.concatenate([pixels, up * columns + column, row * columns + aside])


def _stalled(history: list[Step], *, patience: int = 12) -> bool:
    """Whether neither gap nor objective improved over the last cycles."""
    if len(history) <= patience:
        return False
    old, new = history[:-patience], history[-patience:]
    return min(s.gap for s in new) >= min(s.gap for s in old) and min(s.objective for s in new) >= min(
        s.objective for s in old
    ) * (1 - 1e-15)
