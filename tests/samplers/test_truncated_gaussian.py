"""Exact draws of a truncated Gaussian: closed forms where pixels are independent, single-pixel draws where not."""

import multiprocessing
import signal
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from scipy import stats

from bayesim.errors import GridError, ModelError
from bayesim.priors import GammaRate, Laplace, PositiveLaplace
from bayesim.samplers import DrawStore, LogConcave, diagnose, truncated_gaussian
from bayesim.samplers._image_chain import SinglePixels
from bayesim.sky import Grid

RATE = 4.0


@dataclass(frozen=True)
class Flat:
    """A start."""

    grid: Grid
    image: np.ndarray


def draws(equations, rate, *, seed=1, draws=3000, **how):
    start = Flat(equations.grid, np.zeros(equations.grid.shape))
    problem = LogConcave(equations, PositiveLaplace, rate=rate)
    return truncated_gaussian.sample(problem, start=start, seed=seed, draws=draws, chains=2, **how)


def flat(tree):
    return tree["posterior"]["image"].values.reshape(2, -1, 16)


def agree(found, moments, *, errors=(0.0, 0.0)):
    """First and second moment within 4 Monte Carlo standard errors."""
    for power, moment, error in zip((1, 2), moments, errors, strict=True):
        values = found**power
        own = values.std(axis=(0, 1)) / np.sqrt(diagnose(values).ess_bulk)
        assert np.all(np.abs(values.mean(axis=(0, 1)) - moment) < 4 * np.hypot(own, error))


@pytest.mark.parametrize("noise_scale", [1.0, 1.7])
def test_independent_pixels_are_truncated_normals(dense, noise_scale):
    equations = dense(truth=np.linspace(-1.0, 1.0, 16))
    equations.matrix, _ = np.linalg.qr(equations.matrix)
    equations.matrix *= np.linspace(2.0, 6.0, 16)
    equations.dirty = (equations.matrix.T @ equations.data).reshape(4, 4)
    tree = draws(equations, RATE, noise_scale=noise_scale)
    precision = np.linspace(2.0, 6.0, 16) ** 2 / noise_scale**2
    location, sd = (equations.dirty.ravel() / noise_scale**2 - RATE) / precision, precision**-0.5
    law = stats.truncnorm(-location / sd, np.inf, loc=location, scale=sd)
    found = flat(tree)
    agree(found, (law.mean(), law.var() + law.mean() ** 2))
    assert found.min() >= 0
    levels = law.cdf(found)
    assert stats.kstest(levels[0, ::10, 3], "uniform").pvalue > 1e-3
    assert stats.kstest(levels[0, ::10, 12], "uniform").pvalue > 1e-3


def test_correlated_pixels_and_lambda_agree_with_single_pixel_draws(dense):
    """The referee draws pixel by pixel and shares no code with trajectories."""
    equations, hyper, every = dense(rows=24), GammaRate(2.0, 3.0), np.arange(16)
    rng, x, rate, kept = np.random.default_rng(0), np.ones(16), 1.0, []
    chain = SinglePixels(equations.gram(every, every), equations.dirty.ravel(), x, positive=True)
    for _ in range(12000):
        shape, total = hyper.conditional(size=16, total=x.sum())
        rate = rng.gamma(shape) / total
        chain.sweep(rate, rng)
        kept.append([*x, rate])
    referee = np.array(kept[500:])[None]
    tree = draws(equations, hyper, seed=5, draws=4000)
    found = np.concatenate([flat(tree), tree["posterior"]["lambda"].values[..., None]], axis=2)
    errors = [(referee**p).std(axis=(0, 1)) / np.sqrt(diagnose(referee**p).ess_bulk) for p in (1, 2)]
    agree(found, [(referee**p).mean(axis=(0, 1)) for p in (1, 2)], errors=errors)
    assert float(tree["sample_stats"]["bounces"].mean()) > 1


def test_the_seed_decides_and_the_result_says_what_it_is(dense):
    first, again, other = (draws(dense(), RATE, seed=seed, draws=20) for seed in (3, 3, 4))
    np.testing.assert_array_equal(flat(first), flat(again))
    assert not np.array_equal(flat(first), flat(other))
    assert first["posterior"]["image"].dims == ("chain", "draw", "m", "l")
    assert first.attrs["sampler"] == "exact HMC"
    assert "lambda 4.0" in first.attrs["prior"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
# another test may have started JAX, whose threads the child never uses
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_killed_run_goes_on_bit_for_bit(tmp_path, monkeypatch, dense):
    monkeypatch.setattr(truncated_gaussian, "DrawStore", partial(DrawStore, every=0.0))
    equations, folder = dense(rows=24), tmp_path / "chain"
    sample = partial(draws, equations, GammaRate(2.0, 3.0), seed=4, draws=300, tune=20)
    whole, rng = sample(), np.random.default_rng(2)
    for blocks in range(1, 200, 45):
        child = multiprocessing.get_context("fork").Process(target=sample, kwargs={"keep": folder})
        child.start()
        while len(list(folder.glob("block_*.npz"))) < blocks:
            assert child.is_alive(), "the run ends before it can be killed: make it longer"
        time.sleep(rng.uniform(0.0, 0.01))
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    resumed = sample(keep=folder)
    for name in ("image", "lambda"):
        np.testing.assert_array_equal(resumed["posterior"][name].values, whole["posterior"][name].values)
    np.testing.assert_array_equal(resumed["sample_stats"]["bounces"].values, whole["sample_stats"]["bounces"].values)
    # what is finished is read; asked for more, it goes on
    longer = sample(keep=folder, draws=310)["posterior"]["image"]
    np.testing.assert_array_equal(longer.values[:, :300], whole["posterior"]["image"].values)
    assert longer.sizes["draw"] == 310
    for other in ({"seed": 5}, {"tune": 21}, {"noise_scale": 2.0}):
        with pytest.raises(ModelError, match="another run"):
            sample(keep=folder, **other)


def test_what_it_cannot_draw_is_refused(dense):
    equations = dense()
    start = Flat(equations.grid, np.zeros((4, 4)))
    with pytest.raises(ModelError, match="Laplace is no exponential law"):
        truncated_gaussian.sample(LogConcave(equations, Laplace, rate=1.0), start=start, seed=1)
    with pytest.raises(ModelError, match="cannot tell all 16 pixels apart"):
        draws(dense(rows=10), RATE)
    with pytest.raises(ModelError, match="noise_scale 0"):
        draws(equations, RATE, noise_scale=0)
    with pytest.raises(ModelError, match="draws 0"):
        draws(equations, RATE, draws=0)
    away = Flat(Grid(4, cell=2e-3), np.zeros((4, 4)))
    with pytest.raises(GridError, match="the start lies on"):
        truncated_gaussian.sample(LogConcave(equations, PositiveLaplace, rate=1.0), start=away, seed=1)
