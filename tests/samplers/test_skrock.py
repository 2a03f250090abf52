"""SK-ROCK and its exact check against closed forms, and against a Gibbs sampler that shares nothing with them."""

import multiprocessing
import random
import signal
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from bayesim.data import PointSource, array, observe
from bayesim.errors import GridError, ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import GammaRate, Laplace, MaximumEntropy, PositiveLaplace, TotalVariation
from bayesim.samplers import LogConcave, PxMala, SkRock, _image_draws, px_mala, skrock
from bayesim.samplers._image_chain import SinglePixels
from bayesim.samplers.draw_store import DrawStore
from bayesim.sky import Grid
from bayesim.solvers import PolyClean
from bayesim.testing import check_image_sampler

NPIX, SWEEPS = 6, 4000
HYPER = GammaRate(shape=2.0, scale=5.0)


@pytest.fixture(scope="module")
def equations():
    sources = [PointSource(1.0, 0.0, 0.0), PointSource(0.5, 3e-6, -2e-6)]
    hours = np.linspace(-0.5, 0.5, 4)
    vis = observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=hours, frequency=8.4e9, snr=10.0, seed=1
    )
    return Coplanar(measure(vis, Grid(NPIX, cell=1 / (3 * vis.longest_baseline))))


@pytest.fixture(scope="module")
def rate(equations):
    return equations.sum_weight**0.5


def gibbs(equations, rate, *, positive, hyper=None):
    """Return images and rates of an exact chain."""
    every, rng = np.arange(equations.grid.size), np.random.default_rng(5)
    x, images, rates = np.zeros(every.size), [], []
    chain = SinglePixels(equations.gram(every, every), equations.dirty.ravel(), x, positive=positive)
    for _ in range(SWEEPS):
        chain.sweep(rate, rng)
        if hyper is not None:
            shape, total = hyper.conditional(size=x.size, total=np.abs(x).sum())
            rate = rng.gamma(shape) / total
        images.append(x.reshape(equations.grid.shape).copy())
        rates.append(rate)
    return np.array(images[200:]), np.array(rates[200:])


@pytest.fixture(scope="module")
def solved(equations):
    return {
        make: PolyClean().solve(equations, make(0.1 * equations.dirty.max())) for make in (Laplace, PositiveLaplace)
    }


def flat(tree):
    image = tree["posterior"]["image"].values
    return image.reshape(-1, *image.shape[2:])


def compared(found, exact):
    """Return the median and extreme ratio of standard deviations, and the rms bias in standard deviations."""
    sd = exact.std(axis=0)
    ratio, bias = found.std(axis=0) / sd, (found.mean(axis=0) - exact.mean(axis=0)) / sd
    return float(np.median(ratio)), float(np.sqrt(np.mean(bias**2)))


def short_steps(problem, **how):
    """Steps so short that they leave no bias, in units of the largest eigenvalue and not of a penalty of none."""
    kernel = SkRock(length=0.8 * problem.rate**2 / problem.stiffness, stages=3)
    return skrock.sample(problem, draws=400, tune=30, chains=2, kernel=kernel, **how)


def test_skrock_is_right_on_a_gaussian():
    """Acceptance 14 and 37."""
    check_image_sampler(short_steps, seed=3, spread=0.15)


@pytest.mark.parametrize("leaps", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_px_mala_is_right_on_a_gaussian(leaps):
    def sample(problem, **how):
        kernel = PxMala(leaps=leaps)
        return px_mala.sample(problem, draws=500, tune=100, thin=4 - leaps, chains=2, kernel=kernel, **how)

    check_image_sampler(sample, seed=3, spread=0.15)


def test_a_scheme_of_too_little_noise_is_caught():
    def cold(problem, **how):
        tree = short_steps(problem, **how)
        image = tree["posterior"]["image"]
        tree["posterior"]["image"] = image.mean() + 0.7 * (image - image.mean())
        return tree

    with pytest.raises(AssertionError, match=r"standard (deviation|errors)"):
        check_image_sampler(cold, seed=3, spread=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(("make", "within"), [(Laplace, 0.05), (PositiveLaplace, 0.05)])
def test_the_bias_of_a_default_step_is_small(equations, rate, solved, make, within):
    """Acceptance 17."""
    exact, _ = gibbs(equations, rate, positive=make is PositiveLaplace)
    problem = LogConcave(equations, make, rate=rate)
    found = flat(skrock.sample(problem, start=solved[make], seed=1, draws=800, chains=2))
    ratio, bias = compared(found, exact)
    assert abs(ratio - 1) < within
    assert bias < 0.1
    assert make is Laplace or found.min() >= 0


@pytest.mark.slow
@pytest.mark.parametrize("make", [Laplace, PositiveLaplace])
def test_the_exact_check_is_exact_with_lambda_inferred(equations, rate, solved, make):
    exact, rates = gibbs(equations, rate, positive=make is PositiveLaplace, hyper=HYPER)
    problem = LogConcave(equations, make, rate=HYPER)
    tree = px_mala.sample(problem, start=solved[make], seed=1, draws=800, tune=300, chains=2, kernel=PxMala(leaps=4))
    ratio, bias = compared(flat(tree), exact)
    assert abs(ratio - 1) < 0.06
    assert bias < 0.1
    found = tree["posterior"]["lambda"].values
    assert found.mean() == pytest.approx(rates.mean(), rel=0.08)
    assert found.std() == pytest.approx(rates.std(), rel=0.25)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
# another test may have started JAX, whose threads the child never uses
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_killed_run_goes_on_bit_for_bit(tmp_path, monkeypatch, equations, rate, solved):
    """Acceptance 34."""
    monkeypatch.setattr(_image_draws, "DrawStore", partial(DrawStore, every=0.0))
    problem, pauses = LogConcave(equations, PositiveLaplace, rate=HYPER), random.Random(2)
    sample = partial(skrock.sample, problem, start=solved[PositiveLaplace], seed=4, draws=60, tune=20, chains=2)
    whole = sample()
    for _ in range(5):
        child = multiprocessing.get_context("fork").Process(target=sample, kwargs={"keep": tmp_path / "chain"})
        child.start()
        time.sleep(pauses.uniform(0.01, 0.08))
        child.kill()
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL)
    resumed = sample(keep=tmp_path / "chain")
    for name in ("image", "lambda"):
        np.testing.assert_array_equal(resumed["posterior"][name].values, whole["posterior"][name].values)
    with pytest.raises(ModelError, match="another run"):
        sample(keep=tmp_path / "chain", seed=5)


def test_threads_and_the_number_of_chains_change_no_bit(equations, rate, solved):
    sample = partial(
        skrock.sample, LogConcave(equations, Laplace, rate=rate), start=solved[Laplace], seed=4, draws=5, tune=3
    )
    two, one = (flat(sample(chains=2, cores=cores)) for cores in (2, 1))
    np.testing.assert_array_equal(two, one)
    np.testing.assert_array_equal(flat(sample(chains=1)), two[:5])


def test_thinning_is_recorded_and_takes_every_other(equations, rate, solved):
    sample = partial(
        skrock.sample, LogConcave(equations, Laplace, rate=rate), start=solved[Laplace], seed=4, tune=3, chains=1
    )
    thinned, all_of_them = sample(draws=3, thin=2), sample(draws=6)
    np.testing.assert_array_equal(flat(thinned), flat(all_of_them)[1::2])
    assert thinned.attrs["thin"] == 2


def test_the_result_is_on_the_sky_and_says_what_was_approximated(equations, rate, solved):
    tree = skrock.sample(
        LogConcave(equations, Laplace, rate=rate), start=solved[Laplace], seed=4, draws=3, tune=1, notes={"data": "x"}
    )
    image = tree["posterior"]["image"]
    assert image.dims == ("chain", "draw", "m", "l")
    np.testing.assert_array_equal(image["l"], equations.grid.l)
    assert "without Metropolis correction" in tree.attrs["approximation"]
    assert "Moreau-Yosida" in tree.attrs["approximation"]
    assert (tree.attrs["seed"], tree.attrs["chains"], tree.attrs["data"]) == (4, 4, "x")
    assert f"{rate:.6g}" in tree.attrs["prior"]


def test_total_variation_is_sampled(equations, rate, solved):
    problem = LogConcave(equations, partial(TotalVariation, level=1.0), rate=GammaRate(2.0, rate))
    assert problem.power == pytest.approx(NPIX**2 - 1)
    tree = skrock.sample(problem, start=solved[Laplace], seed=4, draws=20, tune=20, chains=1)
    assert np.isfinite(flat(tree)).all()
    assert tree["posterior"]["lambda"].values.std() > 0


def test_what_cannot_be_is_refused(equations, rate, solved):
    with pytest.raises(ModelError, match="no power"):
        LogConcave(equations, partial(MaximumEntropy, default=1.0), rate=HYPER)
    with pytest.raises(ModelError, match="positive"):
        LogConcave(equations, Laplace, rate=-1.0)
    problem = LogConcave(equations, Laplace, rate=rate)
    with pytest.raises(ModelError, match="number"):
        problem.draw_rate(equations.dirty, np.random.default_rng(1))
    with pytest.raises(ModelError, match="thin"):
        skrock.sample(problem, start=solved[Laplace], seed=1, thin=0)
    elsewhere = replace(solved[Laplace], grid=Grid(NPIX, cell=1e-6))
    with pytest.raises(GridError, match="start"):
        skrock.sample(problem, start=elsewhere, seed=1)
    for kernel in (partial(SkRock, stages=1), partial(SkRock, length=0.0), partial(PxMala, leaps=0)):
        with pytest.raises(ModelError, match="must be"):
            kernel()
