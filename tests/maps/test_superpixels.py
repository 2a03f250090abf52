"""Intervals of blocks are those of the blocks' means, on a grid that lies where the blocks lie."""

import sys

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.maps import exceedance, hdi, quantiles, signal_to_noise, superpixel_intervals, uncertainty
from bayesim.sky import Grid

GRID = Grid((7, 9), cell=1e-3, centre=(2e-3, -1e-3))


@pytest.fixture(scope="module")
def full():
    draws = np.random.default_rng(1).gamma(2.0, 1.0, size=(2, 150, 7, 9))
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"image": (("chain", "draw", "m", "l"), draws)})})


@pytest.fixture(scope="module")
def support(full):
    """The same draws, of some pixels."""
    pixels = np.array([3, 10, 11, 40, 62])
    draws = full["posterior"]["image"].values.reshape(2, 150, -1)[..., pixels]
    data = xr.Dataset({"image": (("chain", "draw", "pixel"), draws)}, {"pixel": pixels})
    return xr.DataTree.from_dict({"posterior": data})


def test_blocks_are_averaged_and_smaller_at_the_edge(full):
    found = superpixel_intervals(full, GRID, size=4)
    draws = full["posterior"]["image"].values.reshape(300, 7, 9)
    assert found.mean.values.shape == (2, 3)
    for row, column in np.ndindex(2, 3):
        means = draws[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4].mean(axis=(1, 2))
        low, high = hdi(means)
        assert found.mean.values[row, column] == pytest.approx(means.mean())
        assert found.low.values[row, column] == pytest.approx(float(low))
        assert found.high.values[row, column] == pytest.approx(float(high))
    np.testing.assert_allclose(found.width.values, found.high.values - found.low.values)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_coarse_grid_lies_where_the_blocks_lie(full, size):
    coarse = superpixel_intervals(full, GRID, size=size).mean.grid
    whole = 7 // size
    np.testing.assert_allclose(coarse.m[:whole], GRID.m[: whole * size].reshape(whole, size).mean(axis=1))
    whole = 9 // size
    np.testing.assert_allclose(coarse.l[:whole], GRID.l[: whole * size].reshape(whole, size).mean(axis=1))
    assert coarse.cell == pytest.approx(size * GRID.cell)


def test_intervals_shrink_with_size(full):
    """Independent pixels: as one over the side."""
    widths = [superpixel_intervals(full, GRID, size=size).width.values[:1, :1].mean() for size in (1, 2, 4)]
    assert widths[0] > 1.5 * widths[1] > 2.2 * widths[2]


def test_a_support_is_zero_elsewhere(full, support):
    found = superpixel_intervals(support, GRID, size=3)
    draws = support["posterior"]["image"].values.reshape(300, 5)
    assert found.mean.values[0, 1] == pytest.approx(draws[:, 0].mean() / 9)
    assert found.mean.values[1, 0] == found.high.values[1, 0] == 0
    known = [draws[:, [1]].sum(axis=1) / 9, draws[:, [2]].sum(axis=1) / 9]
    # pixels 10 and 11 are in row 1, columns 1 and 2
    assert found.low.values[0, 0] == pytest.approx(hdi(known[0] + known[1])[0])


def test_a_box_holds_what_a_pixel_does_not(full, support):
    alone = exceedance(full, GRID, threshold=3.0)
    np.testing.assert_array_equal(alone.values, (full["posterior"]["image"].values > 3).mean(axis=(0, 1)))
    box = exceedance(support, GRID, threshold=3.0, box=3)
    draws = support["posterior"]["image"].values.reshape(300, 5)
    assert box.values[0, 1] == pytest.approx(np.mean(draws[:, 1] + draws[:, 2] > 3))
    assert box.values[0, 3] == pytest.approx(np.mean(draws[:, 0] + draws[:, 2] > 3))
    assert box.values[3, 2] == 0
    with pytest.raises(ModelError, match="odd"):
        exceedance(full, GRID, threshold=3.0, box=2)


def test_strips_do_not_change_the_boxes(full, support, monkeypatch):
    whole = [exceedance(tree, GRID, threshold=20.0, box=5).values for tree in (full, support)]
    monkeypatch.setattr(sys.modules["bayesim.maps.exceedance"], "_STRIP", 18)
    for known, tree in zip(whole, (full, support), strict=True):
        np.testing.assert_array_equal(exceedance(tree, GRID, threshold=20.0, box=5).values, known)
    assert 0 < whole[0].mean() < 1


def test_strips_do_not_change_the_blocks(full, support, monkeypatch):
    known = [superpixel_intervals(tree, GRID, size=4) for tree in (full, support)]
    monkeypatch.setattr(sys.modules["bayesim.maps.superpixels"], "_STRIP", 9)
    for before, tree in zip(known, (full, support), strict=True):
        after = superpixel_intervals(tree, GRID, size=4)
        np.testing.assert_allclose(after.high.values, before.high.values)
        np.testing.assert_allclose(after.mean.values, before.mean.values)


def test_quantiles_and_signal_to_noise(full, support):
    low, middle = quantiles(support, GRID, (0.025, 0.5))
    draws = full["posterior"]["image"].values.reshape(300, -1)
    assert middle.values.flat[40] == pytest.approx(np.median(draws[:, 40]))
    assert low.values.flat[40] == pytest.approx(np.quantile(draws[:, 40], 0.025))
    assert middle.values.flat[41] == 0
    assert (low.name, low.unit) == ("posterior_quantile_2p5", "Jy/pixel")
    ratio = signal_to_noise(uncertainty(support, GRID, threshold=1.0))
    assert ratio.values.flat[40] == pytest.approx(draws[:, 40].mean() / draws[:, 40].std(ddof=1))
    assert np.isnan(ratio.values.flat[41])
    with pytest.raises(ModelError, match="probabilities"):
        quantiles(full, GRID, (1.0,))


def test_a_size_that_does_not_fit_is_refused(full):
    for size in (0, 10):
        with pytest.raises(ModelError, match="size"):
            superpixel_intervals(full, GRID, size=size)
