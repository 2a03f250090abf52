"""A file of draws is small, and what is in it is what was drawn."""

import arviz as az
import numpy as np
import pytest
import xarray as xr

from bayesim.samplers import write_draws

SHAPE = (4, 100, 2, 60)


@pytest.fixture
def tree():
    rng = np.random.default_rng(1)
    dims, where = ("chain", "draw", "component", "visibility"), {"chain": range(4), "draw": range(100)}
    flux = rng.exponential(1.0, (4, 100, 3)) * np.array([1, 1, 0])
    # an offset as that of faint data: single precision of the sum, not of the difference
    density = rng.standard_normal(SHAPE[2:]) - 0.5 * np.square(1.0 + 0.1 * rng.standard_normal(SHAPE))
    time = 58000.0 + rng.uniform(0, 1, 60)
    groups = {
        "posterior": xr.Dataset({"flux": (("chain", "draw", "source"), flux), "n": ((), 3)}, where),
        "posterior_predictive": xr.Dataset(
            {"v": (dims, rng.standard_normal(SHAPE))}, {**where, "time": ("visibility", time)}
        ),
        "log_likelihood": xr.Dataset({"v": (dims, density)}, where),
        "sample_stats": xr.Dataset({"message": (("chain",), np.array(["", "", "stop", ""]))}),
    }
    found = xr.DataTree.from_dict(groups)
    found.attrs = {"seed": 7}
    return found


def test_draws_keep_every_bit_and_replicas_single_precision(tmp_path, tree):
    write_draws(tree, tmp_path / "posterior.nc")
    found = xr.open_datatree(tmp_path / "posterior.nc").load()
    xr.testing.assert_identical(found["posterior"].to_dataset(), tree["posterior"].to_dataset())
    assert found["sample_stats"]["message"].values.tolist() == ["", "", "stop", ""]
    assert found.attrs["seed"] == 7
    replicas = found["posterior_predictive"]["v"]
    assert replicas.dtype == np.float32
    np.testing.assert_allclose(replicas, tree["posterior_predictive"]["v"], rtol=1e-7)
    np.testing.assert_array_equal(found["posterior_predictive"]["time"], tree["posterior_predictive"]["time"])
    tree.to_netcdf(tmp_path / "plain.nc")
    assert (tmp_path / "posterior.nc").stat().st_size < 0.55 * (tmp_path / "plain.nc").stat().st_size


def test_cross_validation_of_the_file_is_that_of_the_draws(tmp_path, tree):
    write_draws(tree, tmp_path / "posterior.nc")
    read, drawn = (
        az.loo(each, reff=1.0, pointwise=True) for each in (xr.open_datatree(tmp_path / "posterior.nc").load(), tree)
    )
    assert read.elpd == pytest.approx(drawn.elpd, abs=1e-4)
    np.testing.assert_allclose(read.pareto_k, drawn.pareto_k, atol=1e-3)


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, tree):
    path = tmp_path / "posterior.nc"
    write_draws(tree, path)
    before = path.read_bytes()
    tree["posterior"]["flux"].attrs["bad"] = {"no": "netCDF attribute"}
    with pytest.raises(TypeError):
        write_draws(tree, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["posterior.nc"]
