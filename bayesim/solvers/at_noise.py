"""Lambda from the noise of the residual image: the automatic threshold of CLEAN, with a certificate."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations
from bayesim.priors import Prior
from bayesim.solvers._gap import lambda_max
from bayesim.solvers._solution import Solution
from bayesim.solvers.debias import debias
from bayesim.solvers.polyclean import PolyClean

__all__ = ["noise_of", "solve_at_noise"]

_LARGEST_DROP = 4.0
"""By how much lambda falls at a time, so that sidelobes of what is not yet found are not taken for sources."""

_CLOSE = 0.9
"""Lambda whose aim is within this factor has arrived: the noise estimate is no better."""

_SMALLEST_ALPHA = 1e-4
"""Of lambda_max: a dynamic range of 1e4, beyond which calibration errors and the pixels themselves limit."""

_MOST_ATOMS = 5000

_GAUSSIAN = 1.4826
"""Standard deviation of a Gaussian over its median absolute deviation."""


def noise_of(residual: NDArray[np.float64]) -> float:
    """Return the robust standard deviation (scaled median absolute deviation) of a residual image, in its unit."""
    return float(_GAUSSIAN * np.median(np.abs(residual - np.median(residual))))


def solve_at_noise(
    equations: NormalEquations,
    make: Callable[[float], Prior],
    *,
    sigmas: float = 4.0,
    solver: PolyClean | None = None,
    start: Solution | None = None,
) -> Solution:
    """Lower lambda along a path of warm starts until it is ``sigmas`` times the noise of the residual image.

    The residual is that of the de-biased refit, because what lambda shrinks away hides the noise in a crowded field.
    As the noise is measured, it holds where the weights are only relative and where sidelobes or calibration errors
    dominate; WSClean's ``-auto-threshold`` stops by the same rule. Lambda never falls below 1e-4 of lambda_max, and
    no further once 5 000 atoms are in use.

    Parameters
    ----------
    equations : NormalEquations
        Data fit.
    make : callable
        The prior for a rate in 1/Jy, such as :class:`~bayesim.priors.PositiveLaplace`.
    sigmas : float
        Threshold, positive.
    solver : PolyClean, optional
        Used at every lambda.
    start : Solution, optional
        Of an earlier call that did not come to its end: the path goes on from its lambda and its sky.

    Returns
    -------
    Solution
        At the last lambda; empty when nothing in the dirty image reaches the threshold.
    """
    solver = PolyClean() if solver is None else solver
    limit, solution = lambda_max(equations, make(1.0)), start
    if solution is None:
        empty = equations.residual(np.empty(0, dtype=np.int64), np.empty(0))
        rate = min(sigmas * noise_of(empty.samples()), limit)
    else:
        rate = solution.rate
    while True:
        solution = solver.solve(equations, make(rate), start=solution)
        if not 0 < solution.indices.size <= _MOST_ATOMS or not solution.converged:
            return solution
        aim = max(sigmas * noise_of(debias(equations, solution).fit.samples()), _SMALLEST_ALPHA * limit)
        if aim > _CLOSE * rate:
            return solution
        rate = max(aim, rate / _LARGEST_DROP)
