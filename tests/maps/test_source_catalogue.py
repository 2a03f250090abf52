"""A catalogue and an image from draws of sources that come and go."""

import numpy as np
import pytest
import xarray as xr

from bayesim.conventions import ARCSEC
from bayesim.errors import ModelError
from bayesim.maps import on_pixels, region_flux, restored_posterior, source_catalogue, uncertainty, write_catalogue
from bayesim.maps.beams import Beam
from bayesim.sky import Grid

GRID = Grid(32, cell="1 arcsec")


def draws(*, seed=1, size=500):
    """Four candidates: certain, likely, unlikely, all but impossible."""
    rng = np.random.default_rng(seed)
    shape = (2, size, 4)
    there = rng.random(shape) < [1.0, 0.8, 0.2, 0.001]
    flux = there * np.abs([3.0, 1.0, 0.4, 0.3] + 0.1 * rng.standard_normal(shape))
    dims = ("chain", "draw", "source")
    l = (np.array([5.3, -4.0, 0.0, 8.0]) + 0.2 * rng.standard_normal(shape)) * ARCSEC
    m = (np.array([-6.4, 7.0, 0.0, 8.0]) + 0.1 * rng.standard_normal(shape)) * ARCSEC
    posterior = {"flux": (dims, flux), "included": (dims, there.astype(np.int8)), "l": (dims, l), "m": (dims, m)}
    coords = {"chain": range(2), "draw": range(size), "source": range(4)}
    tree = xr.DataTree.from_dict(
        {"posterior": xr.Dataset(posterior, coords=coords), "constant_data": xr.Dataset({"sum_weight": 100.0})}
    )
    tree.attrs["label"] = "toy"
    return tree


def test_rows_are_sources_then_upper_limits():
    table = source_catalogue(draws(), phase_centre=(1.0, 0.5))
    assert len(table) == 3
    assert table.meta["left_out"].startswith("1 candidates")
    np.testing.assert_allclose(table["probability"], [1.0, 0.8, 0.2], atol=0.05)
    np.testing.assert_allclose(table["flux"][:2], [3.0, 1.0], atol=0.02)
    assert "upper limit" in table["label"][2]
    assert table["flux_low"][2] == 0
    assert 0.3 < table["flux_high"][2] < 0.7
    np.testing.assert_allclose(table["flux_high"][:2] - table["flux_low"][:2], 4 * 0.1, rtol=0.15)
    assert np.isfinite(np.asarray(table["ra"])).all()


def test_positions_are_those_of_draws_that_hold_the_source():
    table = source_catalogue(draws())
    np.testing.assert_allclose(np.asarray(table["l"]) * 3600, [5.3, -4.0, 0.0], atol=0.06)
    np.testing.assert_allclose(np.asarray(table["l_sd"]) * 3600, 0.2, rtol=0.15)
    # two standard deviations and a half hold 95 % in two dimensions; the long axis lies East-West
    np.testing.assert_allclose(table["ellipse_major"], 2.448 * 0.2, rtol=0.15)
    assert np.all(np.abs(np.abs(np.asarray(table["ellipse_pa"])) - 90) < 15)
    assert np.isnan(np.asarray(table["ra"])).all()
    assert np.isnan(np.asarray(table["peak_certificate"])).all()


def test_the_catalogue_can_be_written(tmp_path):
    write_catalogue(source_catalogue(draws()), tmp_path / "catalogue.ecsv")
    assert (tmp_path / "catalogue.ecsv").stat().st_size > 0


def test_an_empty_catalogue_has_its_columns():
    tree = draws()
    empty = xr.DataTree.from_dict({name: tree[name].to_dataset() for name in ("posterior", "constant_data")})
    empty["posterior"] = xr.DataTree(tree["posterior"].to_dataset().isel(source=slice(0, 0)))
    empty.attrs["label"] = "toy"
    table = source_catalogue(empty)
    assert len(table) == 0
    assert "flux_high" in table.colnames


def test_other_trees_are_refused():
    other = xr.DataTree.from_dict({"posterior": xr.Dataset({"x": 1.0})})
    with pytest.raises(ModelError, match="included"):
        source_catalogue(other)
    with pytest.raises(ModelError, match="flux, l, m"):
        on_pixels(other, GRID)
    with pytest.raises(ModelError, match="prob 1"):
        source_catalogue(draws(), prob=1)


def test_pixels_keep_flux_and_centroid_of_every_draw():
    tree = draws(size=50)
    image = on_pixels(tree, GRID)["posterior"]["image"]
    l, m = GRID.directions(np.asarray(image["pixel"].values))
    flux = tree["posterior"]["flux"]
    np.testing.assert_allclose(image.sum("pixel"), flux.sum("source"), rtol=1e-12)
    for name, at in (("l", l), ("m", m)):
        wanted = (flux * tree["posterior"][name]).sum("source")
        np.testing.assert_allclose((image * at).sum("pixel"), wanted, rtol=1e-9, atol=1e-15)
    assert image.sizes["pixel"] < 0.1 * GRID.size


def test_the_maps_of_a_posterior_take_it():
    image = on_pixels(draws(size=50), GRID)
    assert uncertainty(image, GRID, threshold=0.3).mean.values.sum() == pytest.approx(3.88, rel=0.02)
    beam = Beam(3 * ARCSEC, 2 * ARCSEC, 0.3)
    seen = restored_posterior(image, GRID, beam)
    peak = np.unravel_index(np.argmax(seen.mean.values), GRID.shape)
    assert GRID.l[peak[1]] == pytest.approx(5.3 * ARCSEC, abs=ARCSEC)
    assert GRID.m[peak[0]] == pytest.approx(-6.4 * ARCSEC, abs=ARCSEC)
    everywhere = np.ones(GRID.shape, dtype=bool)
    assert region_flux(image, GRID, everywhere).mean() == pytest.approx(3.88, rel=0.02)


def test_sources_beyond_the_edge_go_to_the_edge():
    tree = draws(size=20)
    moved = tree["posterior"].to_dataset().assign(l=tree["posterior"]["l"] + 1.0)
    image = on_pixels(xr.DataTree.from_dict({"posterior": moved}), GRID)["posterior"]["image"]
    np.testing.assert_allclose(image.sum("pixel"), moved["flux"].sum("source"), rtol=1e-12)
