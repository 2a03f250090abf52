"""The mode and its refit, with progress."""

from bayesim.cli._console import Stopwatch, announce_steps, say
from bayesim.cli._field import Field
from bayesim.errors import DataError
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.solvers import PolyClean, Refit, Solution, debias

__all__ = ["solve"]


def solve(field: Field, *, alpha: float, signed: bool, gap: float, clock: Stopwatch) -> tuple[Solution, Refit | None]:
    """Solve the LASSO at ``alpha * lambda_max`` and refit its support; None where the sky came out empty."""
    make = Laplace if signed else PositiveLaplace
    limit = make(1.0).lambda_max(field.equations.dirty)
    if not limit > 0:
        raise DataError("the dirty image has no positive pixel: nothing to fit (try --signed)")
    with clock.stage("solve"), announce_steps() as progress:
        solution = PolyClean(relative_gap=gap, progress=progress).solve(field.equations, make(alpha * limit))
        refit = debias(field.equations, solution) if solution.indices.size else None
    say(
        f"lambda {solution.rate:.4g} /Jy ({alpha:g} of lambda_max): {solution.indices.size} atoms in "
        f"{len(solution.history)} cycles, relative gap {solution.relative_gap:.1e}, "
        f"largest certificate {solution.max_certificate:.5f}, R {solution.radius:.2g}"
    )
    if not solution.converged:
        say(f"warning: not converged: {solution.reason}")
    chi2 = solution.residual_energy / (2 * solution.count)
    if abs(chi2 - 1) > _CHI2_TOLERANCE:
        say(
            f"warning: reduced chi-squared is {chi2:.3g}, not 1: the weights or the model are off by more than "
            f"{_CHI2_TOLERANCE:.0%} (lambda shrinks, sidelobes of missed flux, or sigma is wrong by {chi2**0.5:.3g})"
        )
    return solution, refit


_CHI2_TOLERANCE = 0.05
"""Deviation of the reduced chi-squared that is reported."""
