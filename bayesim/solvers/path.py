"""The regularisation path: one solution for each lambda, each the start of the next."""

from collections.abc import Callable, Sequence

import numpy as np

from bayesim.errors import ModelError
from bayesim.operators._contract import NormalEquations
from bayesim.priors import Prior
from bayesim.solvers._solution import Solution
from bayesim.solvers.polyclean import PolyClean

__all__ = ["at_discrepancy", "path"]


def path(
    equations: NormalEquations,
    make: Callable[[float], Prior],
    *,
    alphas: Sequence[float],
    solver: PolyClean | None = None,
) -> tuple[Solution, ...]:
    """Solve for every ``alpha = lambda / lambda_max``, from the largest down, with warm starts.

    Parameters
    ----------
    equations : NormalEquations
        Data fit.
    make : callable
        The prior for a rate in 1/Jy, such as :class:`~bayesim.priors.PositiveLaplace`.
    alphas : sequence of float
        Positive, different, in any order; from 1 on the sky is empty.
    solver : PolyClean, optional
        Used at every lambda.

    Returns
    -------
    tuple of Solution
        Lambda falling, whatever the order asked for. Each says for itself whether it converged.

    Raises
    ------
    ModelError
        No alpha, one that is not positive and finite, or one twice; or the dirty image has no positive pixel.
    """
    levels = np.sort(np.asarray(alphas, dtype=np.float64))[::-1]
    if not levels.size or not np.all(np.isfinite(levels) & (levels > 0)) or np.any(np.diff(levels) == 0):
        raise ModelError(f"alphas {list(alphas)}: give at least one, each positive, finite and only once")
    limit = make(1.0).lambda_max(equations.dirty)
    if not limit > 0:
        raise ModelError("no pixel of the dirty image is positive: the sky is empty at every lambda")
    solver = PolyClean() if solver is None else solver
    solutions: list[Solution] = []
    for alpha in levels:
        start = solutions[-1] if solutions else None
        solutions.append(solver.solve(equations, make(float(alpha) * limit), start=start))
    return tuple(solutions)


def at_discrepancy(solutions: Sequence[Solution], *, chi2: float = 1.0) -> Solution:
    """Return the sparsest solution of a path that fits the data: the largest lambda with reduced chi^2 <= ``chi2``.

    Morozov's discrepancy principle. The residual holds what lambda shrinks away, so the rule chooses a smaller
    lambda than a de-biased refit would need; it needs weights that are absolute.

    Raises
    ------
    ModelError
        No solution fits that well.
    """
    fits = {solution.rate: solution for solution in solutions if solution.reduced_chi2 <= chi2}
    if not fits:
        best = min((solution.reduced_chi2 for solution in solutions), default=float("nan"))
        raise ModelError(
            f"no lambda of the path reaches a reduced chi^2 of {chi2:g}, the best has {best:.4g}: extend the path to "
            "smaller alphas, allow a larger chi2, or check that the weights are absolute"
        )
    return fits[max(fits)]
