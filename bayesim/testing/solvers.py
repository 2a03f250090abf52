"""A solver finds the optimum, and says the truth about how close it came."""

from collections.abc import Callable

import numpy as np

from bayesim.priors import Prior
from bayesim.solvers._solution import Solution
from bayesim.testing.equations import ExactEquations

__all__ = ["check_solution", "check_solver"]

Solve = Callable[[ExactEquations, Prior], Solution]


def check_solver(
    solve: Solve, make: Callable[[float], Prior], *, seed: int, gap: float = 1e-6, excess: float = 1e-4
) -> None:
    """Assert that a solver reaches the optimum of a small random problem for strong, middling and no sparsity.

    Parameters
    ----------
    solve : callable
        ``solve(equations, prior)`` returns a Solution.
    make : callable
        The prior for a rate in 1/Jy.
    seed : int
        Seed of the problem.
    gap : float
        Largest duality gap relative to the objective.
    excess : float
        Largest excess of the certificate above 1.

    Raises
    ------
    AssertionError
        With the condition that fails and its numbers.
    """
    equations = ExactEquations.random(seed=seed)
    limit = make(1.0).lambda_max(equations.dirty)
    for alpha in (0.03, 0.3, 0.9):
        solution = solve(equations, make(alpha * limit))
        assert solution.converged, f"alpha {alpha}: not converged: {solution.reason}"
        check_solution(solution, equations, gap=gap, excess=excess)
    empty = solve(equations, make(1.0001 * limit))
    assert not empty.indices.size, f"{empty.indices.size} pixels are used above lambda_max, where the sky is empty"
    single = solve(equations, make(0.9999 * limit))
    assert single.indices.size == 1, f"{single.indices.size} pixels are used just below lambda_max, expected one"


def check_solution(solution: Solution, equations: ExactEquations, *, gap: float, excess: float) -> None:
    """Assert that a solution is what it says: residual, objective, gap and certificate are computed anew.

    Raises
    ------
    AssertionError
        A number differs from the exact one, or a condition of optimality is missed.
    """
    indices, fluxes, prior = solution.indices, solution.fluxes, solution.prior
    assert np.all(np.diff(indices) > 0), "indices must be ascending and different"
    assert np.all(fluxes != 0), f"{np.count_nonzero(fluxes == 0)} of the listed pixels are zero"
    exact = equations.residual(indices, fluxes)
    error = float(np.abs(solution.residual - exact.image).max())
    assert error <= 1e-8 * float(np.abs(equations.dirty).max()), f"the residual image is off by {error:.2g} 1/Jy"
    penalty = prior.value(solution.image)
    objective = 0.5 * exact.energy + penalty
    error = abs(solution.objective - objective)
    assert error <= 1e-9 * objective, f"objective {solution.objective:.12g}, computed anew {objective:.12g}"
    # Fercoq, Gramfort & Salmon 2015 (arXiv:1505.03410), section 2: the residual, scaled into the dual ball
    scale = min(1.0, 1.0 / max(float(prior.certificate(exact.image).max()), 1e-300))
    aligned = float(np.vdot(exact.image, solution.image))
    true_gap = 0.5 * (1 - scale) ** 2 * exact.energy + penalty - scale * aligned
    assert solution.gap >= -1e-12 * objective, f"the gap is negative: {solution.gap:.3g}"
    error = abs(solution.gap - true_gap)
    assert error <= 1e-9 * objective, f"gap {solution.gap:.6g}, computed anew {true_gap:.6g}"
    assert true_gap <= gap * objective, f"gap {true_gap / objective:.3g} of the objective, allowed {gap:.1g}"
    peak = solution.max_certificate
    assert peak <= 1 + excess, f"the certificate reaches {peak:.8g}, allowed 1 + {excess:.1g}"
    slack, allowed = abs(aligned - penalty), max(true_gap, 0.0) + 1e-8 * solution.rate
    assert slack <= allowed, f"<residual, x> differs from the penalty by {slack:.3g}, allowed {allowed:.3g}"
    outside = np.count_nonzero(~solution.saturation.flat[indices])
    assert not outside, f"{outside} non-zero pixels lie outside the provable saturation set"
