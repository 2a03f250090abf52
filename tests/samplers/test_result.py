"""A result is plain: whatever a sampler leaves in it, files take it and give it back."""

import numpy as np
import pytest
import xarray as xr

from bayesim.samplers._result import provenance, stamped
from bayesim.sky import Grid


@pytest.fixture
def tree():
    image = xr.Dataset({"image": (("chain", "draw", "pixel"), np.ones((1, 2, 3)))}, {"pixel": [1, 2, 7]})
    messages = xr.Dataset({"divergence_message": (("chain", "draw"), np.array([[None, "energy"]], dtype=object))})
    attributes = provenance(sampler="test", seed=3, rule="any", extra={"gap": np.float64(1e-3), "label": "x"})
    raw = xr.DataTree.from_dict({"posterior": image, "sample_stats": messages})
    return stamped(raw, grid=Grid(4, cell=1e-3), attributes=attributes)


def test_messages_become_text_and_no_message_is_empty(tree):
    assert tree["sample_stats"]["divergence_message"].values.tolist() == [["", "energy"]]


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_round_trip(tree, tmp_path, suffix):
    path = tmp_path / f"draws.{suffix}"
    if suffix == "zarr":
        pytest.importorskip("zarr", reason="zarr is optional")
        tree.to_zarr(path)
    else:
        tree.to_netcdf(path)
    with xr.open_datatree(path, engine="zarr" if suffix == "zarr" else "h5netcdf") as back:
        for group in ("posterior", "sample_stats"):
            xr.testing.assert_equal(back[group].to_dataset().load(), tree[group].to_dataset())
        assert dict(back.attrs) == dict(tree.attrs)
        assert back["posterior"]["index"].values.tolist() == [1, 2, 7]
