"""Rules for lambda in one table: each row is its rule's answer, its sky the optimum at that lambda."""

import numpy as np
import pytest
import xarray as xr

from bayesim import data
from bayesim.errors import ModelError
from bayesim.maps import compare_lambda
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import (
    AlphaRule,
    CrossValidation,
    Discrepancy,
    LambdaProblem,
    LambdaRule,
    LCurve,
    NoiseRule,
    PosteriorMean,
    solve_at_noise,
)


def draws(values, dims=("chain", "draw")):
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"lambda": (dims, np.asarray(values))})})


@pytest.fixture(scope="module")
def problem():
    grid = Grid.spanning("20arcsec", npix=48)
    vis = data.observe(
        data.array("vla.a"),
        sources=[data.PointSource(1.0, float(grid.l[10]), float(grid.m[30])), data.PointSource(0.3, 0.0, 0.0)],
        declination=0.6,
        hour_angles=np.linspace(-2, 2, 9),
        frequency=1.4e9,
        snr=100.0,
        seed=2,
    )
    alphas = tuple(np.geomspace(1, 2e-3, 9))
    return LambdaProblem(vis, lambda part: Coplanar(measure(part, grid)), PositiveLaplace, alphas=alphas)


@pytest.fixture(scope="module")
def rules(problem):
    folds = data.leave_out(data.by_scan(problem.vis), name="scans", folds=3)
    return (
        AlphaRule(0.1),
        Discrepancy(chi2=1.05),
        NoiseRule(5.0),
        LCurve(),
        CrossValidation(folds),
        PosteriorMean(draws([[100.0, 200.0], [300.0, 400.0]])),
        Discrepancy(chi2=0.5),
    )


@pytest.fixture(scope="module")
def comparison(problem, rules):
    return compare_lambda(problem, rules)


def test_every_rule_has_its_row(comparison, rules, problem):
    table = comparison.table
    assert all(isinstance(rule, LambdaRule) for rule in rules)
    assert list(table["rule"]) == [rule.name for rule in rules]
    rates = np.asarray(table["lambda"])
    assert rates[0] == pytest.approx(0.1 * problem.lambda_max)
    noise = solve_at_noise(problem.equations, PositiveLaplace, sigmas=5.0, solver=problem.solver)
    assert rates[2] == pytest.approx(noise.rate)
    assert rates[5] == 250.0
    assert {rates[1], rates[4]} <= set(problem.rates)
    np.testing.assert_allclose(table["alpha"][:6], rates[:6] / problem.lambda_max)
    np.testing.assert_allclose(table["lambda_over_sigma"][:6], rates[:6] * problem.vis.sigma_image)
    assert table["lambda"].unit == "1 / Jy"
    assert np.isfinite(table["lambda_one_se"]).tolist() == [False] * 4 + [True, False, False]


def test_the_sky_of_a_row_is_the_optimum_at_its_lambda(comparison, problem):
    table = comparison.table
    for row in range(6):
        cold = problem.solver.solve(problem.equations, PositiveLaplace(float(table["lambda"][row])))
        assert table["flux"][row] == pytest.approx(cold.fluxes.sum(), rel=1e-3)
        assert table["reduced_chi2"][row] == pytest.approx(cold.residual_energy / (2 * cold.count), rel=1e-4)
        assert comparison.solutions[row].converged
    assert table["reduced_chi2"][1] <= 1.05


def test_a_rule_without_an_answer_keeps_its_row_with_the_reason(comparison):
    last = comparison.table[-1]
    assert np.isnan(last["lambda"])
    assert np.isnan(last["flux"])
    assert last["label"].startswith("no answer: no lambda of the path reaches a reduced chi^2 of 0.5")


def test_nothing_to_compare_is_refused(problem):
    with pytest.raises(ModelError, match="at least one rule"):
        compare_lambda(problem, [])


@pytest.mark.parametrize("alpha", [0.0, -1.0, 1.5, np.nan])
def test_impossible_alphas_are_refused(alpha):
    with pytest.raises(ModelError, match="must lie in"):
        AlphaRule(alpha)


@pytest.mark.parametrize("sigmas", [0.0, -1.0, np.nan])
def test_impossible_thresholds_are_refused(sigmas):
    with pytest.raises(ModelError, match="must be positive"):
        NoiseRule(sigmas)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (PosteriorMean(draws([[1.0]]), "rate"), "not 'rate'"),
        (PosteriorMean(draws([[1.0, -1.0]])), "positive and finite"),
        (PosteriorMean(draws([[1.0, np.nan]])), "positive and finite"),
        (PosteriorMean(draws(np.ones((1, 2, 3)), ("chain", "draw", "x"))), "one rate per draw"),
    ],
)
def test_a_posterior_without_a_rate_is_refused(rule, words, problem):
    with pytest.raises(ModelError, match=words):
        rule.choose(problem)
