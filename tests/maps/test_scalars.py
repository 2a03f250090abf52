"""The table of a posterior's scalars."""

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.maps import hdi, scalars


def test_scalars_are_summed_up_and_maps_are_left_out():
    rng = np.random.default_rng(1)
    draws = {"flux": (("chain", "draw"), rng.normal(3.0, 0.5, (4, 500)))}
    image = {"image": (("chain", "draw", "m", "l"), rng.normal(size=(4, 500, 2, 2)))}
    table = scalars(xr.DataTree.from_dict({"posterior": xr.Dataset(draws | image)}))
    assert set(table) == {"flux"}
    flux = table["flux"]
    values = draws["flux"][1]
    assert flux["mean"] == pytest.approx(values.mean())
    assert flux["sd"] == pytest.approx(0.5, rel=0.05)
    assert (flux["hdi_low"], flux["hdi_high"]) == hdi(values.ravel())
    assert 1000 < flux["ess"] < 3000
    assert flux["rhat"] == pytest.approx(1.0, abs=0.01)


def test_a_tree_without_posterior_is_refused():
    with pytest.raises(ModelError, match="no posterior"):
        scalars(xr.DataTree())
