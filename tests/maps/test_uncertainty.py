import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.maps import uncertainty
from bayesim.sky import Grid

GRID = Grid((6, 5), cell=1e-5)


def _full(image):
    data = xr.Dataset({"image": (("chain", "draw", "m", "l"), image)})
    return xr.DataTree.from_dict({"posterior": data})


def _support(image, indices):
    data = xr.Dataset({"image": (("chain", "draw", "pixel"), image)}, coords={"index": ("pixel", indices)})
    return xr.DataTree.from_dict({"posterior": data})


def _unindexed():
    data = xr.Dataset({"image": (("chain", "draw", "pixel"), np.zeros((2, 8, 2)))})
    return xr.DataTree.from_dict({"posterior": data})


def test_full_grid_against_direct_numbers(rng):
    image = rng.gamma(2.0, 0.5, size=(4, 100, *GRID.shape))
    out = uncertainty(_full(image), GRID, threshold=1.0, block=7)
    np.testing.assert_allclose(out.mean.values, image.mean(axis=(0, 1)), rtol=1e-13)
    np.testing.assert_allclose(out.sd.values, image.std(axis=(0, 1), ddof=1), rtol=1e-12)
    np.testing.assert_allclose(out.probability.values, (image > 1).mean(axis=(0, 1)), atol=1e-15)
    assert np.all((out.low.values < out.mean.values) & (out.mean.values < out.high.values))
    assert np.all(out.rhat.values < 1.1)
    assert np.all(out.ess_bulk.values > 150)
    assert np.all(out.ess_tail.values > 100)


def test_blocks_do_not_change_the_numbers(rng):
    image = rng.normal(size=(2, 40, *GRID.shape))
    one = uncertainty(_full(image), GRID, threshold=0.5, block=1)
    all_ = uncertainty(_full(image), GRID, threshold=0.5, block=1000)
    for name, map_ in one.maps.items():
        np.testing.assert_array_equal(map_.values, all_.maps[name].values)


def test_order_of_dims_does_not_matter(rng):
    image = rng.normal(size=(2, 40, *GRID.shape))
    other = _full(image)["posterior"].to_dataset().transpose("l", "draw", "m", "chain")
    tree = xr.DataTree.from_dict({"posterior": other})
    one, two = (uncertainty(t, GRID, threshold=0.5).sd.values for t in (_full(image), tree))
    np.testing.assert_array_equal(one, two)


def test_a_support_is_scattered_back(rng):
    indices = np.array([3, 29, 11])
    image = rng.gamma(4.0, size=(4, 50, 3))
    out = uncertainty(_support(image, indices), GRID, threshold=0.0, block=2)
    outside = np.setdiff1d(np.arange(GRID.size), indices)
    np.testing.assert_allclose(out.mean.values.ravel()[indices], image.mean(axis=(0, 1)))
    for name in ("mean", "sd", "low", "high", "probability"):
        assert not getattr(out, name).values.ravel()[outside].any()
    for name in ("ess_bulk", "ess_tail", "rhat"):
        assert np.isnan(getattr(out, name).values.ravel()[outside]).all()
        assert np.isfinite(getattr(out, name).values.ravel()[indices]).all()
    assert "3 of 30" in out.mean.label


def test_names_and_units():
    out = uncertainty(_full(np.zeros((2, 8, *GRID.shape))), GRID, threshold=0.1)
    assert {"posterior_mean", "posterior_sd", "posterior_low", "posterior_rhat"} <= out.maps.keys()
    assert out.mean.unit == out.high.unit == "Jy/pixel"
    assert out.rhat.unit == ""
    assert np.isnan(out.rhat.values).all()


def test_flat_indices_may_be_the_coordinate_of_the_dimension(rng):
    image = rng.gamma(4.0, size=(2, 50, 2))
    data = xr.Dataset({"image": (("chain", "draw", "pixel"), image)}, coords={"pixel": [7, 21]})
    out = uncertainty(xr.DataTree.from_dict({"posterior": data}), GRID, threshold=0.0)
    assert np.flatnonzero(out.mean.values).tolist() == [7, 21]


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (xr.DataTree.from_dict({"prior": xr.Dataset({"image": 1.0})}), "no posterior"),
        (_full(np.zeros((2, 8, 5, 6))), r"\(5, 6\)"),
        (_support(np.zeros((2, 8, 2)), np.array([0, 30])), "do not fit"),
        (_unindexed(), "index"),
    ],
)
def test_trees_that_do_not_fit_are_refused(tree, message):
    with pytest.raises(ModelError, match=message):
        uncertainty(tree, GRID, threshold=0.1)


def test_a_threshold_must_be_a_number():
    with pytest.raises(ModelError, match="threshold"):
        uncertainty(_full(np.zeros((2, 8, *GRID.shape))), GRID, threshold=np.nan)
