"""The mode, its refit and the path to it, with progress."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bayesim.cli._console import Stopwatch, announce_steps, say, threads
from bayesim.cli._field import Field
from bayesim.errors import DataError
from bayesim.operators import Directions, NormalEquations
from bayesim.priors import Laplace, PositiveLaplace, Prior
from bayesim.solvers import (
    Checkpoint,
    OffGrid,
    PointSources,
    PolyClean,
    Refit,
    Solution,
    Step,
    debias,
    lambda_max,
    path,
    solve_at_noise,
)

__all__ = ["SHARP", "leave_the_grid", "solve", "walk"]

SHARP = 1e-3
"""Radius of the certificate at which the provable saturation set is little more than the support itself."""

_STEPS_A_DECADE = 5
"""Of lambda along a path: each falls by a factor of 1.6."""

_CHI2_TOLERANCE = 0.05
"""Deviation of the reduced chi-squared that is reported."""


def solve(
    field: Field,
    *,
    alpha: float | None,
    threshold: float,
    gap: float,
    radius: float | None,
    clock: Stopwatch,
    signed: bool = False,
    checkpoint: Path | None = None,
) -> tuple[Solution, Refit | None]:
    """Solve the LASSO at ``alpha * lambda_max``, or where lambda meets the noise, and refit its support.

    ``radius`` asks for a gap so small that the certificate is known that well. With ``checkpoint`` the sky is kept
    in that file, and the solve goes on from it. The refit is None where the sky came out empty.
    """
    make = Laplace if signed else PositiveLaplace
    limit = lambda_max(field.equations, make(1.0))
    if not limit > 0:
        raise DataError("the dirty image has no positive pixel: nothing to fit (try --signed)")
    kept = None if checkpoint is None else Checkpoint(checkpoint, data=field.vis.digest)
    rate = None if alpha is None else alpha * limit
    start = None if kept is None else _resumed(kept, field, make, rate)
    with clock.stage("solve"), announce_steps() as progress:
        solver = PolyClean(relative_gap=gap, progress=progress(gap), keep=kept)
        if rate is None:
            solution = solve_at_noise(field.equations, make, sigmas=threshold, solver=solver, start=start)
        else:
            solution = solver.solve(field.equations, make(rate), start=start)
        if radius is not None and solution.radius > radius:
            solution = _sharpened(field.equations, solution.prior, solution, radius, progress=progress, keep=kept)
        refit = debias(field.equations, solution) if solution.indices.size else None
    _report(solution)
    return solution, refit


def _resumed(kept: Checkpoint, field: Field, make: Callable[[float], Prior], rate: float | None) -> Solution | None:
    """Return the sky of a run that was cut off, and say so."""
    start = kept.resume(field.equations, make, rate=rate)
    if start is not None:
        say(
            f"going on from {kept.path} at lambda {start.rate:.4g} /Jy: {start.indices.size} atoms, relative gap "
            f"{start.relative_gap:.1e}"
        )
    return start


def walk(field: Field, solution: Solution, *, signed: bool, gap: float, clock: Stopwatch) -> tuple[Solution, ...]:
    """Return the solutions from lambda_max down to the one that was chosen, which is the last of them."""
    steps = math.ceil(_STEPS_A_DECADE * -math.log10(solution.alpha)) if solution.alpha < 1 else 0
    if not steps:
        return (solution,)
    alphas = np.geomspace(1.0, solution.alpha, steps + 1)[:-1]
    with clock.stage("path"), announce_steps() as progress:
        solver = PolyClean(relative_gap=gap, progress=progress(gap))
        above = path(field.equations, Laplace if signed else PositiveLaplace, alphas=alphas.tolist(), solver=solver)
    short = sum(not each.converged for each in above)
    say(f"path: {steps + 1} lambdas from lambda_max down to {solution.rate:.4g} /Jy")
    if short:
        say(f"warning: {short} of them did not converge: see the column converged of path.ecsv")
    return (*above, solution)


def leave_the_grid(field: Field, solution: Solution, *, clock: Stopwatch) -> PointSources:
    """Fit point sources with continuous positions, starting from the atoms.

    Raises
    ------
    DataError
        The sky came out empty.
    """
    if not solution.indices.size:
        raise DataError("the sky is empty at this lambda: no source to fit (lower --alpha or --threshold)")
    with clock.stage("points"):
        directions = Directions(field.vis, field.grid, coplanar=field.coplanar, threads=threads())
        points = OffGrid().refine(directions, solution)
    say(
        f"{points.size} point sources off the grid, {points.flux.sum():.6g} Jy, reduced chi-squared "
        f"{points.reduced_chi2:.4g}: {points.reason}"
    )
    if not points.converged:
        say("warning: the list of point sources still changed: trust neither its faintest entries nor their errors")
    return points


def _sharpened(
    equations: NormalEquations,
    prior: Prior,
    solution: Solution,
    radius: float,
    *,
    progress: Callable[[float], Callable[[Step], None]],
    keep: Checkpoint | None,
) -> Solution:
    """Go on until ``R = sqrt(2 gap sum_weight) / lambda`` is small enough."""
    gap = (radius * solution.rate) ** 2 / (2 * solution.sum_weight) / solution.objective
    solver = PolyClean(relative_gap=gap, progress=progress(gap), keep=keep)
    return solver.solve(equations, prior, start=solution)


def _report(solution: Solution) -> None:
    say(
        f"lambda {solution.rate:.4g} /Jy ({solution.alpha:.3g} of lambda_max): {solution.indices.size} atoms, "
        f"relative gap {solution.relative_gap:.1e}, largest certificate {solution.max_certificate:.5f}, "
        f"R {solution.radius:.2g}"
    )
    if not solution.converged:
        say(f"warning: not converged: {solution.reason}")
    chi2 = solution.reduced_chi2
    if abs(chi2 - 1) > _CHI2_TOLERANCE:
        say(
            f"warning: reduced chi-squared is {chi2:.3g}, not 1: lambda shrinks the model, flux is left in the "
            f"residual, or every sigma is wrong by a factor of {chi2**0.5:.3g}"
        )
