"""Cross-validation against brute force, and what it says of lambdas that are known to be wrong."""

import numpy as np
import pytest
from scipy.optimize import nnls

from bayesim import data
from bayesim.errors import DataError
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import CrossValidation, LambdaProblem, PolyClean
from bayesim.testing import ExactEquations

ALPHAS = (1.0, 0.5, 0.2, 0.05, 0.01)
SOLVER = PolyClean(relative_gap=1e-10)


def exact(grid):
    """Return the referee's normal equations of any part of the data."""
    return lambda part: ExactEquations(grid, part.uvw, part.data, part.weight)


@pytest.fixture(scope="module")
def tiny():
    """A problem of 8 x 8 pixels with the referee as its operator, and its folds."""
    source = ExactEquations.random(seed=5, npix=8, n_vis=40, sources=3)
    vis = data.from_arrays(*source.uvw.T[:2], source.data, w=source.uvw[:, 2], weight=source.weight)
    folds = data.leave_out(data.by_uv_cell(vis, cell=2.0), name="cells", folds=4, seed=0)
    return LambdaProblem(vis, exact(source.grid), PositiveLaplace, alphas=ALPHAS, solver=SOLVER), folds


def brute_force(problem, folds):
    """Return the chi^2 of every fold and lambda by NNLS on dense matrices; the penalty becomes one more datum."""
    chi2 = np.empty((len(folds), len(problem.rates)))
    for fold, held in enumerate(folds.held_out):
        root = np.sqrt(problem.vis.weight)[:, None]
        whole = problem.measured(problem.vis).matrix * root
        rows, y = np.concatenate([whole.real, whole.imag]), problem.vis.data * root[:, 0]
        target, out = np.concatenate([y.real, y.imag]), np.tile(held, 2)
        for k, rate in enumerate(problem.rates):
            # 1/2 ||y - A x||^2 + rate sum x, up to a constant and to second order in a small factor
            small = 1e-5
            fitted = np.vstack([rows[~out], np.full(rows.shape[1], small)])
            x, _ = nnls(fitted, np.append(target[~out], -rate / small), maxiter=10_000)
            chi2[fold, k] = np.sum((target[out] - rows[out] @ x) ** 2)
    return chi2


def test_scores_and_errors_are_those_of_brute_force(tiny):
    problem, folds = tiny
    choice = CrossValidation(folds).choose(problem)
    chi2 = brute_force(problem, folds)
    size = 2 * folds.held_out.sum(axis=1)
    np.testing.assert_allclose(choice.scores, chi2.sum(axis=0) / size.sum(), rtol=1e-4)
    mean = chi2.sum(axis=0) / size.sum()
    spread = [sum((chi2[f, k] - mean[k] * size[f]) ** 2 for f in range(4)) for k in range(len(ALPHAS))]
    np.testing.assert_allclose(choice.errors, np.sqrt(np.array(spread) * 4 / 3) / size.sum(), rtol=1e-3)
    assert choice.rate == problem.rates[np.argmin(mean)]
    close = mean <= mean.min() + choice.errors[np.argmin(mean)]
    assert choice.sparser == problem.rates[close].max()
    assert "short of" not in choice.label


def test_what_is_held_out_has_no_part_in_the_fit(tiny):
    """Changing the held-out data changes the score by exactly what the unchanged sky misses of the new data."""
    problem, folds = tiny
    held = folds.held_out[0]
    fitted, _ = folds.parts(problem.vis, 0)
    sky = SOLVER.solve(problem.measured(fitted), PositiveLaplace(float(problem.rates[2])))
    model = problem.measured(problem.vis).matrix @ sky.image.ravel()
    chi2 = np.sum(problem.vis.weight[held] * np.abs(problem.vis.data - model)[held] ** 2)
    only = data.Folds("one", np.stack([held, ~held]), ("a", "b"))
    rest, _ = only.parts(problem.vis, 1)
    other = SOLVER.solve(problem.measured(rest), PositiveLaplace(float(problem.rates[2])))
    model = problem.measured(problem.vis).matrix @ other.image.ravel()
    chi2 += np.sum(problem.vis.weight[~held] * np.abs(problem.vis.data - model)[~held] ** 2)
    score = CrossValidation(only).choose(problem).scores[2]
    assert score == pytest.approx(chi2 / (2 * len(problem.vis)), rel=1e-6)


def test_the_end_of_the_path_is_named(tiny):
    problem, folds = tiny
    short = LambdaProblem(problem.vis, problem.measured, PositiveLaplace, alphas=(0.9, 0.8), solver=SOLVER)
    assert "end of the path" in CrossValidation(folds).choose(short).label


def test_fits_without_their_gap_are_counted(tiny):
    problem, folds = tiny
    hasty = PolyClean(relative_gap=1e-15, max_cycles=1)
    label = (
        CrossValidation(folds)
        .choose(LambdaProblem(problem.vis, problem.measured, PositiveLaplace, alphas=(1.0, 0.01), solver=hasty))
        .label
    )
    # lambda_max of a part is smaller than of the whole: only the second lambda is hard
    assert "4 of 8 fits short of their gap" in label


def test_folds_of_other_data_are_refused(tiny):
    problem, folds = tiny
    short = data.Folds("few", folds.held_out[:, :-1], folds.labels)
    with pytest.raises(DataError, match="make them of these"):
        CrossValidation(short).choose(problem)


@pytest.fixture(scope="module")
def observed():
    """Twelve stars at 10 to 60 sigma with one snapshot's worth of uv tracks."""
    rng = np.random.default_rng(3)
    grid = Grid.spanning("20arcsec", npix=48)
    at = rng.integers(6, 42, size=(12, 2))
    stars = [
        data.PointSource(flux, float(grid.l[i]), float(grid.m[j]))
        for flux, (i, j) in zip(np.linspace(1, 6, 12), at, strict=True)
    ]
    vis = data.observe(
        data.array("vla.a"),
        sources=stars,
        declination=0.6,
        hour_angles=np.linspace(-2, 2, 9),
        frequency=1.4e9,
        snr=400.0,
        seed=1,
    )
    alphas = np.geomspace(1, 1e-3, 8)
    measured = lambda part: Coplanar(measure(part, grid))  # noqa: E731
    return LambdaProblem(vis, measured, PositiveLaplace, alphas=alphas, solver=PolyClean(relative_gap=1e-5)), grid


@pytest.mark.parametrize("cut", ["cells", "dartboard", "scans", "antennas"])
def test_the_middle_of_the_path_predicts_best(observed, cut):
    """Too much lambda misses sources, too little fits noise: both ends lose; the best is near the noise."""
    problem, grid = observed
    vis = problem.vis
    folds = {
        "cells": lambda: data.leave_out(
            data.by_uv_cell(vis, cell=1 / (grid.cell * 48)), name="cells", folds=3, seed=0
        ),
        "dartboard": lambda: data.leave_out(data.by_dartboard(vis), name="dartboard", folds=3, seed=0),
        "scans": lambda: data.leave_out(data.by_scan(vis), name="scans", folds=3, seed=0),
        "antennas": lambda: _of(data.leave_out_antennas(vis), 3),
    }[cut]()
    choice = CrossValidation(folds).choose(problem)
    best = int(np.argmin(choice.scores))
    assert choice.scores[0] > 1.5 * choice.scores[best]
    assert choice.scores[-1] > choice.scores[best]
    assert choice.scores[best] == pytest.approx(1.0, abs=0.1)
    assert 0.3 < choice.rate * vis.sigma_image < 10
    assert choice.sparser >= choice.rate
    assert ("folds overlap" in choice.label) == (cut == "antennas")


def _of(folds, most):
    return data.Folds(folds.name, folds.held_out[:most], folds.labels[:most])
