"""The Gibbs sampler of all pixels: its two draws by themselves, and the chain against one of single pixels."""

from functools import partial

import numpy as np
import pytest
from scipy import integrate, stats

from bayesim.data import PointSource, array, observe
from bayesim.errors import ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import GammaRate, Laplace, PositiveLaplace, TotalVariation
from bayesim.samplers import ImageGibbs, LogConcave, image_gibbs, streamed
from bayesim.samplers._complement import Complement
from bayesim.samplers._image_chain import SinglePixels
from bayesim.samplers._overrelaxed import exponential, laplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean
from bayesim.testing import check_image_sampler

NPIX, SWEEPS = 6, 1700
HYPER = GammaRate(shape=2.0, scale=5.0)
MAKERS = pytest.mark.parametrize("make", [Laplace, PositiveLaplace])


def seen(*, response=None):
    sources = [PointSource(1.0, 0.0, 0.0), PointSource(0.5, 3e-6, -2e-6)]
    hours = np.linspace(-0.5, 0.5, 4)
    vis = observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=hours, frequency=8.4e9, snr=10.0, seed=1
    )
    return Coplanar(measure(vis, Grid(NPIX, cell=1 / (3 * vis.longest_baseline)), response=response))


@pytest.fixture(scope="module")
def equations():
    return seen()


def dense(equations):
    every = np.arange(equations.grid.size)
    return equations.gram(every, every)


def pixel_by_pixel(equations, rate, *, positive, hyper=None):
    """Return images and rates of a chain that draws one pixel after the other."""
    rng, gram = np.random.default_rng(5), dense(equations)
    chain = SinglePixels(gram, equations.dirty.ravel(), np.zeros(equations.grid.size), positive)
    images, rates = [], []
    for _ in range(SWEEPS):
        x = chain.sweep(rate, rng)
        if hyper is not None:
            shape, total = hyper.conditional(size=x.size, total=np.abs(x).sum())
            rate = rng.gamma(shape) / total
        images.append(x.copy())
        rates.append(rate)
    return np.array(images[200:]), np.array(rates[200:])


def sampled(equations, make, *, rate, **how):
    problem = LogConcave(equations, make, rate=rate)
    start = PolyClean().solve(equations, make(0.1 * equations.dirty.max()))
    tree = image_gibbs.sample(problem, start=start, seed=1, **{"chains": 2, "tune": 50, **how})
    return tree, tree["posterior"]["image"].values.reshape(-1, equations.grid.size)


def check_same(found, exact):
    sd = exact.std(axis=0)
    assert np.median(found.std(axis=0) / sd) == pytest.approx(1.0, abs=0.04)
    assert np.sqrt(np.mean(np.square((found.mean(axis=0) - exact.mean(axis=0)) / sd))) < 0.1


@pytest.mark.parametrize("beam", [False, True])
def test_noise_has_the_covariance_of_the_complement(equations, beam):
    response = np.linspace(1e-6, 1.2, NPIX**2).reshape(NPIX, NPIX) if beam else None
    these = seen(response=response) if beam else equations
    complement, rng = Complement(these.normal), np.random.default_rng(2)
    wanted = np.diag(complement.precision.ravel()) - dense(these)
    image = rng.standard_normal(these.grid.shape)
    np.testing.assert_allclose(
        complement.product_and_noise(image, rng, pull=2.0, noise=0.0).ravel(), 2 * wanted @ image.ravel(), rtol=1e-9
    )
    nothing = np.zeros_like(image)
    draws = [complement.product_and_noise(nothing, rng, pull=0.0, noise=1.0).ravel() for _ in range(4000)]
    scale = np.sqrt(np.diag(wanted))
    found = np.cov(np.array(draws).T) / np.outer(scale, scale)
    # 1296 correlations, each to 1/sqrt(4000)
    assert np.abs(found - wanted / np.outer(scale, scale)).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize("a", [0.0, 0.7])
@pytest.mark.parametrize("pull", [-60.0, -1.0, 0.4, 40.0])
@pytest.mark.parametrize("move", [exponential, laplace])
def test_a_move_keeps_the_density(move, pull, a):
    """Kolmogorov-Smirnov against the integral of the density, in both tails."""
    rng, rate, precision = np.random.default_rng(3), 1.5, 2.0
    lowest = 0.0 if move is exponential else -80.0

    def density(x):
        return np.exp(-precision / 2 * x * x + pull * x - rate * np.abs(x) - peak)

    peak = 0.0
    grid = np.linspace(lowest, 80.0, 400_001)
    exponent = -precision / 2 * grid**2 + pull * grid - rate * np.abs(grid)
    peak = exponent.max()
    below = integrate.cumulative_trapezoid(density(grid), grid, initial=0.0)
    start = np.interp(rng.random(20_000) * below[-1], below, grid)
    turn = lambda z: -a * z + np.sqrt(1 - a * a) * rng.standard_normal(z.shape)  # noqa: E731
    each = np.ones_like(start)
    moved = move(start, pull=pull * each, precision=precision * each, rate=rate, turn=turn)
    assert stats.kstest(moved, lambda x: np.interp(x, grid, below) / below[-1]).pvalue > 1e-3
    correlation = stats.spearmanr(start, moved).statistic
    assert (correlation < -0.5) if a else (abs(correlation) < 0.04)


def test_it_is_right_on_a_gaussian():
    """Acceptance 14 and 37."""
    sample = partial(image_gibbs.sample, draws=500, tune=30, chains=2, kernel=ImageGibbs(0.3))
    check_image_sampler(lambda problem, **how: sample(problem, **how), seed=3, spread=0.15)


@MAKERS
def test_it_equals_a_chain_of_single_pixels(equations, make):
    """Acceptance 17."""
    rate = equations.sum_weight**0.5
    exact, _ = pixel_by_pixel(equations, rate, positive=make is PositiveLaplace)
    tree, found = sampled(equations, make, rate=rate, draws=1000)
    check_same(found, exact)
    assert tree.attrs["approximation"].startswith("none")
    assert make is Laplace or found.min() >= 0


@pytest.mark.slow
@MAKERS
def test_it_equals_a_chain_of_single_pixels_with_lambda_inferred(equations, make):
    exact, rates = pixel_by_pixel(equations, 10.0, positive=make is PositiveLaplace, hyper=HYPER)
    tree, found = sampled(equations, make, rate=HYPER, draws=1000)
    check_same(found, exact)
    assert tree["posterior"]["lambda"].values.mean() == pytest.approx(rates.mean(), rel=0.08)
    assert tree["posterior"]["lambda"].values.std() == pytest.approx(rates.std(), rel=0.25)


def test_a_primary_beam_is_part_of_it():
    these = seen(response=np.linspace(0.05, 1.0, NPIX**2).reshape(NPIX, NPIX))
    rate = these.sum_weight**0.5
    exact, _ = pixel_by_pixel(these, rate, positive=True)
    _, found = sampled(these, PositiveLaplace, rate=rate, draws=1000)
    check_same(found, exact)


def test_a_run_goes_on_where_it_ended(tmp_path, equations):
    whole, _ = sampled(equations, PositiveLaplace, rate=HYPER, draws=12)
    for draws in (5, 12):
        parts, _ = sampled(equations, PositiveLaplace, rate=HYPER, draws=draws, keep=tmp_path / "chain")
    for name in ("image", "lambda"):
        np.testing.assert_array_equal(parts["posterior"][name].values, whole["posterior"][name].values)


def test_summaries_can_be_streamed(equations):
    problem = LogConcave(equations, PositiveLaplace, rate=equations.sum_weight**0.5)
    start = PolyClean().solve(equations, PositiveLaplace(0.1 * equations.dirty.max()))
    how = {"start": start, "seed": 2, "draws": 40, "tune": 20, "chains": 2}
    tree = streamed(problem, kernel=ImageGibbs(), **how)
    whole = image_gibbs.sample(problem, **how)["posterior"]["image"]
    np.testing.assert_allclose(tree["summary"]["mean"], whole.mean(("chain", "draw")), rtol=1e-9)


def test_what_cannot_be_is_refused(equations):
    for a in (-0.1, 1.0, np.nan):
        with pytest.raises(ModelError, match="overrelaxation"):
            ImageGibbs(a)
    start = PolyClean().solve(equations, Laplace(0.1 * equations.dirty.max()))
    problem = LogConcave(equations, partial(TotalVariation, level=1.0), rate=3.0)
    with pytest.raises(ModelError, match="TotalVariation"):
        image_gibbs.sample(problem, start=start, seed=1)
