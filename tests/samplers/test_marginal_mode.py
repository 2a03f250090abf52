"""The mode of the marginal likelihood of lambda, against closed forms and quadrature."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_ndtr

from bayesim.errors import ModelError
from bayesim.priors import Laplace, PositiveLaplace, WeightedLaplace
from bayesim.samplers import MarginalMode
from bayesim.sky import Grid
from bayesim.solvers import LambdaRule

PIXELS = 100
PRECISION = 4.0


def problem(gram, dirty, make):
    """Stand in for a problem by the few things that the rule asks of it."""
    grid = Grid.spanning("12arcsec", npix=int(np.sqrt(len(dirty))))
    equations = SimpleNamespace(
        grid=grid, dirty=dirty.reshape(grid.shape), gram=lambda rows, columns: gram[np.ix_(rows, columns)]
    )
    start = SimpleNamespace(prior=make(1.0), rate=1.0, image=np.zeros(grid.shape))
    return SimpleNamespace(equations=equations, solutions=(start,), lambda_max=float(np.abs(dirty).max()))


def drawn(gram, rate, seed, *, signed):
    """Return the dirty image of a sky drawn from the prior, with noise."""
    rng = np.random.default_rng(seed)
    x = rng.exponential(1 / rate, len(gram)) * (rng.choice([-1, 1], len(gram)) if signed else 1)
    return gram @ x + np.linalg.cholesky(gram) @ rng.standard_normal(len(gram))


def mode(log_likelihood):
    found = minimize_scalar(lambda log: -log_likelihood(np.exp(log)), bounds=(-3, 3), method="bounded")
    return float(np.exp(found.x))


def half(dirty, rate):
    """Return ``log of rate * integral over x >= 0 of exp(-precision x^2 / 2 + (dirty - rate) x)`` but a constant."""
    scaled = (dirty - rate) / np.sqrt(PRECISION)
    return np.log(rate) + 0.5 * scaled**2 + log_ndtr(scaled)


@pytest.mark.parametrize("signed", [False, True])
def test_pixels_that_do_not_overlap_have_a_closed_form(signed):
    gram = PRECISION * np.eye(PIXELS)
    dirty = drawn(gram, 0.7, 1, signed=signed)
    if signed:
        best = mode(lambda rate: np.logaddexp(half(dirty, rate), half(-dirty, rate)).sum())
    else:
        best = mode(lambda rate: half(dirty, rate).sum())
    rule = MarginalMode(sweeps=800, seed=2)
    choice = rule.choose(problem(gram, dirty, Laplace if signed else PositiveLaplace))
    assert isinstance(rule, LambdaRule)
    assert choice.rate == pytest.approx(best, rel=0.015)
    assert "Monte Carlo error" in choice.label


def test_pixels_that_overlap_agree_with_quadrature():
    pair = PRECISION * np.array([[1.0, 0.8], [0.8, 1.0]])
    gram = np.kron(np.eye(PIXELS // 2), pair)
    dirty = drawn(gram, 0.7, 3, signed=False)
    x = (np.arange(120) + 0.5) * 0.08
    first, second = np.meshgrid(x, x)
    fixed = -0.5 * (pair[0, 0] * (first**2 + second**2) + 2 * pair[0, 1] * first * second)

    def log_likelihood(rate):
        steps = [fixed + (a - rate) * first + (b - rate) * second for a, b in dirty.reshape(-1, 2)]
        return sum(2 * np.log(rate) + s.max() + np.log(np.exp(s - s.max()).sum()) for s in steps)

    choice = MarginalMode(sweeps=1000, seed=4).choose(problem(gram, dirty, PositiveLaplace))
    assert choice.rate == pytest.approx(mode(log_likelihood), rel=0.02)


def test_the_same_seed_draws_the_same():
    gram = PRECISION * np.eye(PIXELS)
    posed = problem(gram, drawn(gram, 0.7, 1, signed=False), PositiveLaplace)
    one, two, other = (MarginalMode(sweeps=20, seed=seed).choose(posed).rate for seed in (5, 5, 6))
    assert one == two != other


def test_data_without_a_sky_run_away():
    gram = PRECISION * np.eye(PIXELS)
    with pytest.raises(ModelError, match="runs away"):
        MarginalMode(sweeps=400).choose(problem(gram, np.full(PIXELS, -20.0), lambda rate: PositiveLaplace(rate)))


def test_what_cannot_be_done_is_refused():
    gram = PRECISION * np.eye(PIXELS)
    with pytest.raises(ModelError, match="at least 20"):
        MarginalMode(sweeps=3)
    with pytest.raises(ModelError, match="4225 pixels"):
        MarginalMode().choose(problem(gram, np.zeros(65**2), PositiveLaplace))
    with pytest.raises(ModelError, match="WeightedLaplace"):
        MarginalMode().choose(problem(gram, np.zeros(PIXELS), lambda rate: WeightedLaplace(rate, np.ones(PIXELS))))
    with pytest.raises(ModelError, match="no response"):
        MarginalMode().choose(problem(0 * gram, np.zeros(PIXELS), PositiveLaplace))
