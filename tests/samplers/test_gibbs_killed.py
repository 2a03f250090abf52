"""kill -9 at fifty random times, then the same call: the bits of a run that nobody disturbed."""

import multiprocessing
import os
import signal
import time

import numpy as np
import pytest
import xarray as xr

from bayesim.samplers import _source_run, gibbs

from ._toy_sources import Toy

KILLS = 50


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
# another test may have started JAX, whose threads the child never uses
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_fifty_kills_change_no_bit(tmp_path, monkeypatch):
    toy = Toy(centres=((0.0, 0.0), (0.7, 0.2), (6.0, -1.0)), baselines=40, weight=3.0)
    data = toy.matrix[:, ::6] @ np.array([2.0, 1.2, 0.0]) + np.random.default_rng(8).standard_normal(80)
    problem, folder = toy.candidates(data, flux=[2.0, 1.2, 0.0]), tmp_path / "chain"
    monkeypatch.setattr(_source_run, "WRITE_EVERY", 0.0)

    def run():
        return gibbs.sample(problem, seed=3, draws=20_000, tune=20, chains=2, thin=1, cores=1, checkpoint=folder)

    rng, killed = np.random.default_rng(5), 0
    for _ in range(KILLS):
        child = multiprocessing.get_context("fork").Process(target=run)
        child.start()
        time.sleep(rng.uniform(0.01, 0.15))
        if child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        child.join()
    assert killed > KILLS / 2, "the run ends before it can be killed: make it longer"
    resumed = run()["posterior"].to_dataset()
    folder = None
    xr.testing.assert_identical(run()["posterior"].to_dataset(), resumed)
