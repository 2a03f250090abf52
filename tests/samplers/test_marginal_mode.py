"""The mode of the marginal likelihood of lambda, against closed forms and quadrature; its two engines compared."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_ndtr

from bayesim.data import PointSource, array, observe
from bayesim.errors import ModelError
from bayesim.operators import Coplanar, Nufft, measure
from bayesim.priors import Laplace, PositiveLaplace, WeightedLaplace
from bayesim.samplers import MarginalMode
from bayesim.sky import Grid
from bayesim.solvers import LambdaProblem, LambdaRule

PIXELS = 100
PRECISION = 4.0


def problem(gram, dirty, make):
    """Stand in for a problem by the few things that the rule asks of it."""
    grid = Grid.spanning("12arcsec", npix=int(np.sqrt(len(dirty))))
    equations = SimpleNamespace(
        grid=grid, dirty=dirty.reshape(grid.shape), gram=lambda rows, columns: gram[np.ix_(rows, columns)]
    )
    start = SimpleNamespace(prior=make(1.0), rate=1.0, image=np.zeros(grid.shape))
    peak = float(np.abs(dirty).max())
    return SimpleNamespace(equations=equations, make=make, alphas=(1.0,), solutions=(start,), lambda_max=peak)


def drawn(gram, rate, seed, *, signed):
    """Return the dirty image of a sky drawn from the prior, with noise."""
    rng = np.random.default_rng(seed)
    x = rng.exponential(1 / rate, len(gram)) * (rng.choice([-1, 1], len(gram)) if signed else 1)
    return gram @ x + np.linalg.cholesky(gram) @ rng.standard_normal(len(gram))


def observed(npix, rate, make, *, seed):
    """Return data of a sky drawn from the prior on every pixel of a real array, and the same as single pixels.

    ``rate`` is in units of the signal-to-noise ratio of one Jy.
    """
    sources, hours = [PointSource(1.0, 0.0, 0.0)], np.linspace(-1, 1, 8)
    vis = observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=hours, frequency=8.4e9, snr=30.0, seed=1
    )
    grid, rng = Grid(npix, cell=1 / (3 * vis.longest_baseline)), np.random.default_rng(seed)
    sky = rng.exponential(vis.sigma_image / rate, grid.shape)
    if make is Laplace:
        sky *= rng.choice([-1, 1], grid.shape)
    e = rng.standard_normal((2, len(vis)))
    seen = Nufft(vis.u, vis.v, grid).forward(sky) + vis.weight**-0.5 * (e[0] + 1j * e[1])
    posed = LambdaProblem(
        replace(vis, data=seen), lambda part: Coplanar(measure(part, grid)), make, alphas=(1.0, 0.8, 0.7)
    )
    equations = posed.equations
    single = SimpleNamespace(
        equations=SimpleNamespace(grid=grid, dirty=equations.dirty, gram=equations.gram),
        make=make,
        alphas=posed.alphas,
        solutions=posed.solutions,
        lambda_max=posed.lambda_max,
    )
    return posed, single


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


@pytest.mark.parametrize(
    ("make", "npix", "sweeps", "within"),
    [
        (PositiveLaplace, 20, 300, 0.002),
        pytest.param(Laplace, 14, 2000, 0.06, marks=pytest.mark.slow),
    ],
)
def test_all_pixels_at_once_agree_with_one_after_the_other(make, npix, sweeps, within):
    posed, single = observed(npix, 1.0, make, seed=3)
    fast, slow = (MarginalMode(sweeps=sweeps, seed=6).choose(p) for p in (posed, single))
    assert "auxiliary image" in fast.label
    assert "single pixels" in slow.label
    assert fast.rate == pytest.approx(slow.rate, rel=within)


def test_a_large_grid_gives_back_the_lambda_of_its_sky():
    posed, _ = observed(66, 1.0, PositiveLaplace, seed=4)
    assert posed.equations.grid.size > 4096
    choice = MarginalMode(sweeps=90, seed=1).choose(posed)
    # 1/sqrt(4356 pixels) is 1.5 %
    assert choice.rate * posed.vis.sigma_image == pytest.approx(1.0, rel=0.045)
    assert "batches of" not in choice.label
    short = MarginalMode(sweeps=20, seed=1).choose(posed)
    assert "ask for more sweeps" in short.label


def test_data_that_do_not_tell_lambda_are_refused():
    faint = problem(1e-9 * np.eye(PIXELS), np.zeros(PIXELS), PositiveLaplace)
    faint.lambda_max = 1e3
    with pytest.raises(ModelError, match="of what a known sky tells of lambda"):
        MarginalMode(sweeps=1500).choose(faint)


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
