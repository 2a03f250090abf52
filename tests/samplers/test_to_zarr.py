"""Draws on disk are those of the sampler, readable at any time, and a killed run ends with the same bits."""

import gc
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
import xarray as xr

from bayesim import maps
from bayesim.data import PointSource, array, observe
from bayesim.errors import DataError, FormatError, MissingExtraError, ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import GammaRate, PositiveLaplace
from bayesim.samplers import LogConcave, SkRock, ZarrStore, skrock, streamed, to_zarr
from bayesim.sky import Grid
from bayesim.solvers import PolyClean

LENGTH = {"draws": 36, "tune": 20, "chains": 2, "seed": 3}


def setting(shape=(5, 6)):
    vis = observe(
        array("vla.c"), sources=[PointSource(1.0, 0.0, 0.0)], declination=0.6, hour_angles=np.linspace(-0.5, 0.5, 4),
        frequency=8.4e9, snr=10.0, seed=1,
    )  # fmt: skip
    equations = Coplanar(measure(vis, Grid(shape, cell=1 / (3 * vis.longest_baseline))))
    start = PolyClean().solve(equations, PositiveLaplace(equations.sum_weight**0.5))
    return {"problem": LogConcave(equations, PositiveLaplace, rate=GammaRate(2.0, start.rate)), "start": start}


class Cut(SkRock):
    """Stops after some steps of all chains, as a process that is killed between two steps."""

    def step(self, state, at, rng, *, tuning):
        global LEFT
        LEFT -= 1
        if LEFT < 0:
            raise KeyboardInterrupt
        super().step(state, at, rng, tuning=tuning)

    def __repr__(self):
        return repr(SkRock())


LEFT = 0


@pytest.fixture(scope="module")
def run():
    return setting()


@pytest.fixture(scope="module")
def whole(run):
    return skrock.sample(**run, **LENGTH)


@pytest.fixture(scope="module")
def stored(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "sky.zarr"
    return to_zarr(path, **run, kernel=SkRock(), **LENGTH), path


def test_the_store_holds_the_draws_of_the_sampler_and_their_summaries(run, whole, stored):
    tree, _ = stored
    for name in ("image", "lambda"):
        xr.testing.assert_equal(tree["posterior"][name].compute(), whole["posterior"][name])
    known = streamed(**run, kernel=SkRock(), **LENGTH)["summary"].to_dataset()
    xr.testing.assert_equal(tree["summary"].to_dataset().compute(), known)
    assert tree.attrs["stored_every"] == 1
    assert tree.attrs["thin"] == 1
    assert tree.attrs["approximation"] == whole.attrs["approximation"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_arviz_and_maps_take_the_store_as_it_is(run, whole, stored):
    import arviz as az

    tree, path = stored
    rows = az.summary(az.from_zarr(path), var_names=["lambda"], round_to="none")
    assert rows["mean"].iloc[0] == pytest.approx(float(whole["posterior"]["lambda"].mean()))
    grid = run["problem"].equations.grid
    lazy, known = (maps.uncertainty(each, grid, threshold=0.1).sd.values for each in (tree, whole))
    np.testing.assert_array_equal(lazy, known)
    assert not tree["posterior"]["image"].variable._in_memory, "the maps must not load the whole store"


@pytest.mark.parametrize("store", [1, 7])
def test_a_run_cut_anywhere_is_readable_and_goes_on_to_the_same_bits(tmp_path, run, whole, store):
    """Acceptance 34."""
    global LEFT
    how = {**run, **LENGTH, "store": store, "every": 0.0}
    for steps in (13, 61, 25):
        LEFT = steps
        with pytest.raises(KeyboardInterrupt):
            to_zarr(tmp_path / "sky.zarr", kernel=Cut(), **how)
        seen = xr.open_datatree(tmp_path / "sky.zarr", engine="zarr", chunks=None)["posterior"]
        n = seen.sizes["draw"]
        np.testing.assert_array_equal(seen["image"].values, whole["posterior"]["image"].values[:, ::store][:, :n])
        assert seen["draw"].values.tolist() == list(range(0, 36, store))[:n]
    assert n > 1
    tree = to_zarr(tmp_path / "sky.zarr", kernel=SkRock(), **how)
    np.testing.assert_array_equal(tree["posterior"]["image"].values, whole["posterior"]["image"].values[:, ::store])
    again = to_zarr(tmp_path / "sky.zarr", kernel=Cut(), **how)
    xr.testing.assert_identical(again["summary"].to_dataset().compute(), tree["summary"].to_dataset().compute())


@pytest.mark.parametrize("torn", ["_fit", "_publish"])
def test_a_write_torn_in_the_middle_is_not_seen(tmp_path, monkeypatch, run, whole, torn):
    how = {**run, **LENGTH, "kernel": SkRock(), "every": 0.0}
    real, calls = getattr(ZarrStore, torn), []

    def failing(self, *args):
        calls.append(1)
        if len(calls) == 30:
            raise OSError("no space left on device")
        return real(self, *args)

    monkeypatch.setattr(ZarrStore, torn, failing)
    with pytest.raises(OSError, match="no space"):
        to_zarr(tmp_path / "sky.zarr", **how)
    seen = xr.open_datatree(tmp_path / "sky.zarr", engine="zarr", chunks=None)["posterior"]["image"]
    assert 0 < seen.sizes["draw"] < 36
    np.testing.assert_array_equal(seen.values, whole["posterior"]["image"].values[:, : seen.sizes["draw"]])
    tree = to_zarr(tmp_path / "sky.zarr", **how)
    np.testing.assert_array_equal(tree["posterior"]["image"].values, whole["posterior"]["image"].values)


def test_a_killed_process_is_gone_on_with(tmp_path, run, whole):
    """Acceptance 34, with the real signal."""
    script = (
        f"import sys; sys.path.insert(0, {str(__file__).rsplit('/', 1)[0]!r}); import test_to_zarr as t\n"
        f"t.to_zarr({str(tmp_path / 'sky.zarr')!r}, **t.setting(), kernel=t.SkRock(), every=0.0, **t.LENGTH)"
    )
    child = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 60
    while not (tmp_path / "sky.zarr" / "posterior" / "image" / "c").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    child.kill()
    child.wait()
    tree = to_zarr(tmp_path / "sky.zarr", **run, kernel=SkRock(), **LENGTH)
    np.testing.assert_array_equal(tree["posterior"]["image"].values, whole["posterior"]["image"].values)


def test_memory_does_not_grow_with_the_draws(tmp_path, monkeypatch):
    monkeypatch.setattr("bayesim.samplers.zarr_store._HELD", 1 << 18)
    how, peaks = {**setting((20, 20)), "kernel": SkRock(), "seed": 1, "tune": 20, "chains": 1, "every": 3600.0}, []
    for draws in (20, 150, 450):
        gc.collect()
        tracemalloc.start()
        to_zarr(tmp_path / f"{draws}.zarr", draws=draws, **how)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] - peaks[1] < 0.5 * 300 * 3200, "300 images of 3.2 kB more would show"


def test_what_cannot_be_is_refused(tmp_path, monkeypatch, run, stored):
    how = {**run, **LENGTH, "kernel": SkRock()}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(DataError, match="not of a run"):
        to_zarr(tmp_path / "mine", **how)
    with pytest.raises(DataError, match="parent"):
        to_zarr(tmp_path / "no" / "sky.zarr", **how)
    with pytest.raises(ModelError, match="another run"):
        to_zarr(stored[1], **{**how, "seed": 4})
    with pytest.raises(ModelError, match="tune"):
        to_zarr(tmp_path / "sky.zarr", **{**how, "tune": 3})
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MissingExtraError, match=r"bayesim\[zarr\]"):
        to_zarr(tmp_path / "sky.zarr", **how)


def test_a_damaged_store_is_said_to_be_one(tmp_path, run):
    how = {**run, **LENGTH, "kernel": SkRock()}
    to_zarr(tmp_path / "sky.zarr", **how)
    (tmp_path / "sky.zarr" / "posterior" / "lambda" / "zarr.json").unlink()
    with pytest.raises(FormatError, match="start anew"):
        to_zarr(tmp_path / "sky.zarr", **how)
