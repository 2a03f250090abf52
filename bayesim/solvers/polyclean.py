"""PolyCLEAN: the LASSO by a polyatomic Frank-Wolfe method whose inner problem lives on the Gram matrix."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from threadpoolctl import threadpool_limits

from bayesim.errors import GridError
from bayesim.operators._contract import NormalEquations, Residual
from bayesim.priors import Prior, fixed_rate
from bayesim.solvers._active_set import minimise
from bayesim.solvers._gap import Optimality, optimality
from bayesim.solvers._solution import Solution, Step, certified

__all__ = ["PolyClean"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_PRUNE = 1e-12
"""Atoms below this fraction of the brightest are zero (Jarret et al. prune relative to the peak)."""


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

    References
    ----------
    Jarret, Kashani, Rue-Queralt, Hurley, Fageot & Simeoni 2025, "PolyCLEAN: atomic optimization for super-resolution
    imaging and uncertainty estimation in radio interferometry", A&A 693, A225.
    """

    relative_gap: float = 1e-4
    max_cycles: int = 200
    threshold: float = 0.1
    progress: Callable[[Step], None] | None = field(default=None, compare=False)

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
            With certificate, gap and history; ``converged`` says whether the gap was reached.

        Raises
        ------
        ModelError
            The rate is to be inferred: the joint mode does not exist.
        GridError
            The warm start is on another grid.
        """
        fixed_rate(prior)
        began = time.perf_counter()
        atoms = _Atoms.begin(equations, prior, start)
        history: list[Step] = []
        reason = f"stopped after {self.max_cycles} cycles"
        while True:
            residual = equations.residual(atoms.indices, atoms.values)
            gradient = residual.image.ravel()[atoms.indices]
            state = optimality(residual, prior, atoms.values, gradient)
            step = Step(atoms.indices.size, *state, seconds=time.perf_counter() - began)
            history.append(step)
            if self.progress is not None:
                self.progress(step)
            if state.gap <= self.relative_gap * state.objective:
                reason = f"relative gap {state.gap / max(state.objective, 1e-300):.1e} <= {self.relative_gap:.0e}"
                break
            if len(history) > self.max_cycles:
                break
            if _stalled(history):
                reason = "the gap stopped falling: the accuracy of the operators is reached"
                break
            atoms = self._cycle(atoms, residual, state)
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

    def _cycle(self, atoms: "_Atoms", residual: Residual, state: Optimality) -> "_Atoms":
        atoms = atoms.with_new(self._peaks(atoms, residual, state))
        linear = residual.image.ravel()[atoms.indices] + atoms.gram @ atoms.values
        rate = fixed_rate(atoms.prior)
        # a few hundred atoms: BLAS threads would wait for each other longer than they work
        with threadpool_limits(1, user_api="blas"):
            fit = minimise(atoms.gram, linear, rate=rate, positive=atoms.positive, start=atoms.values)
        return atoms.with_values(fit.values)

    def _peaks(self, atoms: "_Atoms", residual: Residual, state: Optimality) -> Indices:
        """Local maxima of the certificate above the entry level, without the atoms."""
        certificate = atoms.prior.certificate(residual.image)
        crest = certificate == ndimage.maximum_filter(certificate, size=3, mode="nearest")
        level = 1.0 + self.threshold * (state.max_certificate - 1.0)
        found = np.flatnonzero(crest & (certificate > level))
        found = np.setdiff1d(found, atoms.indices)
        if not found.size:
            certificate.flat[atoms.indices] = -np.inf
            found = np.array([int(np.argmax(certificate))])
        return found


@dataclass(frozen=True, eq=False)
class _Atoms:
    """Pixels in use and their Gram matrix."""

    equations: NormalEquations
    prior: Prior
    indices: Indices
    values: Floats
    gram: Floats
    positive: bool

    @classmethod
    def begin(cls, equations: NormalEquations, prior: Prior, start: Solution | None) -> "_Atoms":
        indices, values = np.zeros(0, dtype=np.int64), np.zeros(0)
        if start is not None:
            if start.grid != equations.grid:
                raise GridError(f"the warm start is on {start.grid}, the data on {equations.grid}")
            indices, values = start.indices, start.fluxes
        # a penalty that is infinite for a negative pixel asks for positivity
        positive = not np.isfinite(prior.value(np.array([-1.0])))
        if positive:
            indices, values = indices[values > 0], values[values > 0]
        return cls(equations, prior, indices, values, equations.gram(indices, indices), positive)

    def with_new(self, new: Indices) -> "_Atoms":
        """Append atoms of zero flux."""
        side = self.equations.gram(self.indices, new)
        gram = np.block([[self.gram, side], [side.T, self.equations.gram(new, new)]])
        indices, values = np.concatenate([self.indices, new]), np.concatenate([self.values, np.zeros(new.size)])
        return _Atoms(self.equations, self.prior, indices, values, gram, self.positive)

    def with_values(self, values: Floats) -> "_Atoms":
        """Set the fluxes and drop the zeros."""
        keep = np.flatnonzero(np.abs(values) > _PRUNE * np.abs(values).max(initial=0.0))
        gram = self.gram[np.ix_(keep, keep)]
        return _Atoms(self.equations, self.prior, self.indices[keep], values[keep], gram, self.positive)


def _stalled(history: list[Step], *, patience: int = 12) -> bool:
    """Whether neither gap nor objective improved over the last cycles."""
    if len(history) <= patience:
        return False
    old, new = history[:-patience], history[-patience:]
    return min(s.gap for s in new) >= min(s.gap for s in old) and min(s.objective for s in new) >= min(
        s.objective for s in old
    ) * (1 - 1e-15)
