"""Accelerated proximal gradient: slow, simple, and the referee of every other solver."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations, Residual
from bayesim.priors import Prior, fixed_rate
from bayesim.solvers._gap import Optimality, optimality
from bayesim.solvers._solution import Solution, Step, certified

__all__ = ["Apgd", "largest_eigenvalue"]

Floats = NDArray[np.float64]

_LIPSCHITZ_MARGIN = 1.02
"""The power iteration approaches the largest eigenvalue from below."""


@dataclass(frozen=True)
class Apgd:
    """Proximal gradient with Nesterov's momentum and restart, on all pixels.

    A sky whose gap is small enough is scaled to the best multiple of itself before it is returned: then
    ``<eta, x> = ||x||_1`` to rounding, as at the optimum, which no iterate fulfils by itself.

    Parameters
    ----------
    relative_gap : float
        Duality gap asked for, relative to the objective.
    max_iterations : int
        Bound on the gradients.

    References
    ----------
    Beck & Teboulle 2009 (FISTA); O'Donoghue & Candes 2015 (adaptive restart, gradient scheme).
    """

    relative_gap: float = 1e-6
    max_iterations: int = 20_000

    def solve(self, equations: NormalEquations, prior: Prior, *, start: Solution | None = None) -> Solution:
        """Find the maximum a posteriori sky; arguments and errors as :meth:`PolyClean.solve`."""
        fixed_rate(prior)
        began = time.perf_counter()
        every = np.arange(equations.grid.size)

        def measured(x: Floats) -> tuple[Residual, Optimality]:
            residual = equations.residual(every, x)
            return residual, optimality(residual, prior, x, residual.image.ravel())

        step = 1.0 / (_LIPSCHITZ_MARGIN * largest_eigenvalue(equations))
        x = np.zeros(every.size) if start is None else start.image.ravel().copy()
        lead, momentum, history = x, 1.0, list[Step]()
        while True:
            sky, (here, state) = x, measured(x)
            if state.gap <= self.relative_gap * state.objective and x.any():
                sky = _best_multiple(equations, prior, x, here)
                here, state = measured(sky)
            history.append(Step(int(np.count_nonzero(sky)), *state, seconds=time.perf_counter() - began))
            if state.gap <= self.relative_gap * state.objective or len(history) >= self.max_iterations:
                break
            gradient = equations.residual(every, lead).image.ravel() if lead is not sky else here.image.ravel()
            new = prior.prox(lead + step * gradient, step)
            if float((lead - new) @ (new - x)) > 0:
                momentum, lead, x = 1.0, new, new
                continue
            after = 0.5 * (1 + np.sqrt(1 + 4 * momentum**2))
            lead, x, momentum = new + (momentum - 1) / after * (new - x), new, after
        used = np.flatnonzero(sky)
        return certified(
            equations,
            prior,
            indices=used,
            fluxes=sky[used],
            residual=here,
            history=history,
            relative_gap=self.relative_gap,
            reason=f"relative gap {state.gap / max(state.objective, 1e-300):.1e} after {len(history)} gradients",
        )


def _best_multiple(equations: NormalEquations, prior: Prior, x: Floats, here: Residual) -> Floats:
    """Return ``t x`` with the ``t`` that minimises the objective: there ``<A'W(y - A t x), x>`` is the penalty."""
    curvature = float(x @ (equations.dirty - here.image).ravel())
    excess = float(x @ here.image.ravel()) - prior.value(x)
    return x if curvature <= 0 or excess <= -curvature else x * (1 + excess / curvature)


def largest_eigenvalue(equations: NormalEquations, *, iterations: int = 60) -> float:
    """Return the largest eigenvalue of ``A^T W A`` in 1/Jy^2 by power iteration from the dirty image.

    A fixed start keeps the solver deterministic; it is not orthogonal to the leading eigenvector because the
    latter is where the data are most sensitive.
    """
    every = np.arange(equations.grid.size)
    vector = equations.dirty.ravel() + np.linalg.norm(equations.dirty) / np.sqrt(every.size)
    value = 0.0
    for _ in range(iterations):
        vector = vector / np.linalg.norm(vector)
        vector = (equations.dirty - equations.residual(every, vector).image).ravel()
        value = float(np.linalg.norm(vector))
    return value
