"""Leave-one-out predictions: against a sum done by leaving data out, and refusals."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.samplers import compare

Y = np.random.default_rng(3).standard_normal(40) + 0.7


def fit(prior_sd, seed):
    """Return a model of a mean under a Gaussian prior with draws of its exact posterior."""
    with pm.Model() as model:
        mean = pm.Normal("mean", 0.0, prior_sd)
        pm.Normal("y", mean, 1.0, observed=Y)
    precision = Y.size + prior_sd**-2
    draws = Y.sum() / precision + precision**-0.5 * np.random.default_rng(seed).standard_normal((2, 4000))
    return model, xr.DataTree.from_dict({"posterior": xr.Dataset({"mean": (("chain", "draw"), draws)})})


def exact(prior_sd):
    rest, precision = Y.sum() - Y, Y.size - 1 + prior_sd**-2
    variance = 1.0 + 1.0 / precision
    return -0.5 * (Y - rest / precision) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)


def test_the_sum_is_that_of_leaving_each_datum_out():
    table = compare({"at zero": fit(0.01, 1), "anywhere": fit(10.0, 2)})
    assert list(table) == ["anywhere", "at zero"]
    wide, narrow = exact(10.0), exact(0.01)
    assert table["anywhere"].elpd == pytest.approx(wide.sum(), abs=0.02)
    assert table["anywhere"].difference == 0.0
    assert table["anywhere"].untrusted == 0
    assert table["anywhere"].pareto_k < 0.7
    assert table["anywhere"].effective_parameters == pytest.approx(1.0, abs=0.4)
    assert table["at zero"].difference == pytest.approx((narrow - wide).sum(), abs=0.02)
    assert table["at zero"].difference_se == pytest.approx(np.sqrt(Y.size * (narrow - wide).var()), rel=0.01)


def test_other_data_and_potentials_are_refused():
    with pytest.raises(ModelError, match="nothing to compare"):
        compare({})
    with pm.Model() as model:
        pm.Potential("fit", -pm.Normal("mean"))
    with pytest.raises(ModelError, match="datum by datum"):
        compare({"potential": (model, fit(1.0, 1)[1])})
