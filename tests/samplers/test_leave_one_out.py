"""Lambda by leave-one-out: its densities are those of exact refits, and what it cannot do it says."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from bayesim import data
from bayesim.errors import ModelError
from bayesim.operators import Coplanar, Nufft, WideField, measure
from bayesim.priors import Laplace, PositiveLaplace, WeightedLaplace
from bayesim.samplers import LeaveOneOut
from bayesim.sky import Grid
from bayesim.solvers import LambdaProblem, LambdaRule

PAIR = Grid((1, 2), cell=5e-3)
SKY = np.array([[2.0, 1.0]])
RESPONSE = np.array([[1.0, 0.7]])


def observed(grid, sky, *, count, seed, sigma=1.5, response=1.0):
    rng = np.random.default_rng(seed)
    u, v = rng.uniform(-60, 60, (2, count))
    e = rng.standard_normal((2, count))
    seen = Nufft(u, v, grid).forward(sky * response) + sigma * (e[0] + 1j * e[1])
    return data.from_arrays(u, v, seen, sigma=np.full(count, sigma))


def posed(vis, grid, make, *, alphas=(1.0, 0.3, 0.1), response=None):
    return LambdaProblem(vis, lambda part: Coplanar(measure(part, grid, response=response)), make, alphas=alphas)


def refitted(vis, rate, *, signed):
    """Return the log-density of each visibility given all others, every posterior of two pixels by quadrature."""
    x = (np.arange(180) + 0.5) * 0.036 - (3.0 if signed else 0.0)
    skies = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 1, 2)
    columns = np.stack([Nufft(vis.u, vis.v, PAIR).forward(e * RESPONSE) for e in np.eye(2).reshape(2, 1, 2)])
    model = skies.reshape(-1, 2) @ columns
    density = np.log(vis.weight / (2 * np.pi)) - vis.weight / 2 * np.abs(vis.data - model) ** 2
    prior = -rate * np.abs(skies).sum(axis=(1, 2))
    every = np.logaddexp.reduce(prior + density.sum(axis=1))
    return np.array([every - np.logaddexp.reduce(prior + density.sum(axis=1) - own) for own in density.T])


def apart_of(exact):
    """Return the standard errors of the differences from the best row."""
    return (exact - exact[np.argmax(exact.mean(axis=1))]).std(axis=1, ddof=1) / exact.shape[1] ** 0.5


@pytest.mark.parametrize("make", [PositiveLaplace, Laplace])
def test_the_scores_are_those_of_exact_refits(make):
    vis = observed(PAIR, SKY, count=24, seed=3, response=RESPONSE)
    problem = posed(vis, PAIR, make, alphas=(1.0, 0.2, 0.05, 0.005), response=RESPONSE)
    choice = LeaveOneOut(draws=2000, seed=1).choose(problem)
    exact = np.array([refitted(vis, rate, signed=make is Laplace) for rate in problem.rates])
    peak = np.log(vis.weight / (2 * np.pi)).mean()
    np.testing.assert_allclose(choice.scores, peak - exact.mean(axis=1), atol=0.004)
    best = int(np.argmax(exact.mean(axis=1)))
    assert choice.rate == problem.rates[best]
    apart = apart_of(exact)
    np.testing.assert_allclose(choice.errors, apart, rtol=0.05, atol=1e-3)
    assert choice.sparser == problem.rates[exact[best].mean() - exact.mean(axis=1) <= apart].max()
    assert float(choice.label.split()[1]) == pytest.approx(exact[best].sum(), abs=0.1)


@pytest.fixture(scope="module")
def field():
    grid, rng = Grid(6, cell=5e-3), np.random.default_rng(2)
    return grid, rng.exponential(1.0, grid.shape)


def test_a_part_of_the_visibilities_of_a_part_of_the_path(field):
    grid, sky = field
    vis = observed(grid, sky, count=200, seed=1)
    problem = posed(vis, grid, PositiveLaplace, alphas=tuple(np.geomspace(1, 0.01, 7)))
    few = LeaveOneOut(lambdas=3, draws=150, visibilities=80, seed=4)
    choice, again = few.choose(problem), few.choose(problem)
    np.testing.assert_array_equal(choice.scores, again.scores)
    np.testing.assert_array_equal(choice.rates, problem.rates[[0, 3, 6]])
    assert isinstance(few, LambdaRule)
    assert "80 looked at, scaled up" in choice.label
    assert choice.errors[np.argmin(choice.scores)] == 0
    assert choice.sparser >= choice.rate


def test_visibilities_that_decide_alone_have_no_score(field):
    """Fewer visibilities than pixels: where lambda does not hold the sky, every one is its own prediction."""
    grid, sky = field
    vis = observed(grid, sky, count=20, seed=1, sigma=0.05)
    problem = posed(vis, grid, PositiveLaplace, alphas=(1e-2, 1e-3))
    with pytest.raises(ModelError, match=r"Pareto shapes above 0\.7 at every lambda"):
        LeaveOneOut(draws=100).choose(problem)
    noisy = observed(grid, sky, count=30, seed=1, sigma=3.0)
    choice = LeaveOneOut(draws=200).choose(posed(noisy, grid, Laplace, alphas=(1.0, 1e-3)))
    assert np.isfinite(choice.scores).tolist() == np.isfinite(choice.errors).tolist() == [True, False]
    assert "1 of 2 lambdas without a score" in choice.label


def test_what_cannot_be_done_is_refused(field):
    grid, sky = field
    vis = observed(grid, sky, count=40, seed=1)
    for wrong in ({"lambdas": 1}, {"draws": 99}, {"visibilities": 19}):
        with pytest.raises(ModelError, match="must be at least"):
            LeaveOneOut(**wrong)
    with pytest.raises(ModelError, match="WeightedLaplace: the exact samplers know Laplace and PositiveLaplace"):
        LeaveOneOut().choose(posed(vis, grid, partial(WeightedLaplace, weight=np.ones(grid.size))))
    dark = np.ones(grid.shape)
    dark[0, 0] = 0.0
    with pytest.raises(ModelError, match="no response"):
        LeaveOneOut().choose(posed(vis, grid, PositiveLaplace, response=dark))
    wide = replace(vis, w=np.ones(len(vis)))
    with pytest.raises(ModelError, match="WideField: leave-one-out draws from coplanar"):
        LeaveOneOut().choose(
            LambdaProblem(wide, lambda part: WideField(part, grid), PositiveLaplace, alphas=(1.0, 0.5))
        )
