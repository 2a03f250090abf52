"""Summaries made while drawing are those of the draws, and a killed run ends with the same."""

import multiprocessing
import sys
import time
from functools import partial

import numpy as np
import pytest

from bayesim.data import PointSource, array, observe
from bayesim.errors import ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.samplers import LogConcave, SkRock, compare_spread, diagnose, skrock, streamed
from bayesim.samplers.draw_store import DrawStore
from bayesim.sky import Grid
from bayesim.solvers import PolyClean

DRAWS, TUNE = 400, 60


@pytest.fixture(scope="module")
def run():
    vis = observe(
        array("vla.c"), sources=[PointSource(1.0, 0.0, 0.0)], declination=0.6, hour_angles=np.linspace(-0.5, 0.5, 4),
        frequency=8.4e9, snr=10.0, seed=1,
    )  # fmt: skip
    equations = Coplanar(measure(vis, Grid((5, 6), cell=1 / (3 * vis.longest_baseline))))
    prior = PositiveLaplace(equations.sum_weight**0.5)
    start = PolyClean().solve(equations, prior)
    return {"problem": LogConcave(equations, PositiveLaplace, rate=prior.rate), "start": start, "seed": 3}


@pytest.fixture(scope="module")
def whole(run):
    return skrock.sample(**run, draws=DRAWS, tune=TUNE, chains=2)


@pytest.fixture(scope="module")
def short(run):
    return streamed(
        **run, kernel=SkRock(), draws=DRAWS, tune=TUNE, chains=2, store=100, probabilities=(0.1, 0.5, 0.9)
    )


def test_mean_and_sd_are_those_of_all_draws(whole, short):
    draws = whole["posterior"]["image"].values.reshape(-1, 5, 6)
    np.testing.assert_allclose(short["summary"]["mean"].values, draws.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(short["summary"]["sd"].values, draws.std(axis=0, ddof=1), rtol=1e-8)


def test_quantiles_are_right_to_a_tenth_of_a_standard_deviation(whole, short):
    draws = whole["posterior"]["image"].values.reshape(-1, 5, 6)
    for p in (0.1, 0.5, 0.9):
        error = (short["summary"]["quantile"].sel(probability=p).values - np.quantile(draws, p, axis=0)) / draws.std(
            axis=0
        )
        assert np.abs(error).max() < 0.1


def test_stored_draws_are_those_of_the_chain(whole, short):
    np.testing.assert_array_equal(short["posterior"]["image"].values, whole["posterior"]["image"].values[:, ::100])
    assert short["posterior"]["draw"].values.tolist() == [0, 100, 200, 300]
    assert short.attrs["stored_every"] == 100


def test_effective_sizes_and_rhat_are_of_the_right_size(whole, short):
    known = diagnose(whole["posterior"]["image"].values)
    ratio = short["summary"]["ess"].values / known.ess_bulk
    assert 0.5 < np.median(ratio) < 2.0
    assert np.median(short["summary"]["rhat"].values) == pytest.approx(np.median(known.rhat), abs=0.03)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
# another test may have started JAX, whose threads the child never uses
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_killed_run_ends_with_the_same_summaries(tmp_path, monkeypatch, run, short):
    """Acceptance 34."""
    monkeypatch.setattr(sys.modules["bayesim.samplers.streamed"], "DrawStore", partial(DrawStore, every=0.0))
    again = partial(
        streamed, **run, kernel=SkRock(), draws=DRAWS, tune=TUNE, chains=2, store=100, probabilities=(0.1, 0.5, 0.9),
        keep=tmp_path / "chain",
    )  # fmt: skip
    for pause in (0.03, 0.3):
        child = multiprocessing.get_context("fork").Process(target=again)
        child.start()
        time.sleep(pause)
        child.kill()
        child.join()
    resumed = again()
    for name in ("mean", "sd", "quantile", "ess", "rhat"):
        np.testing.assert_array_equal(resumed["summary"][name].values, short["summary"][name].values)
    np.testing.assert_array_equal(resumed["posterior"]["image"].values, short["posterior"]["image"].values)


def test_two_runs_are_compared_pixel_by_pixel(whole):
    same = compare_spread(whole, whole)
    assert (same.median_ratio, same.rms_bias, same.passed) == (1.0, 0.0, True)
    wide = whole.copy(deep=True)
    image = wide["posterior"]["image"]
    wide["posterior"]["image"] = image.mean(("chain", "draw")) + 1.2 * (image - image.mean(("chain", "draw")))
    found = compare_spread(wide, whole)
    assert found.median_ratio == pytest.approx(1.2)
    assert not found.passed
    wide["posterior"]["image"] = image + 2 * image.std(("chain", "draw"))
    shifted = compare_spread(wide, whole)
    assert shifted.rms_bias == pytest.approx(2.0, abs=0.1)
    assert "median standard deviation 1.000 times" in shifted.sentence


def test_what_cannot_be_is_refused(run, whole):
    for wrong in ({"tune": 3}, {"store": 0}, {"probabilities": (0.0,)}):
        with pytest.raises(ModelError, match="tune"):
            streamed(**run, kernel=SkRock(), **wrong)
    few = whole.isel(draw=slice(0, 10))
    with pytest.raises(ModelError, match="effective draws"):
        compare_spread(few, few)
