"""What runs by itself after sampling: one call, tables in the tree, visibilities stored only where they fit."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.operators import Nufft
from bayesim.samplers import check_fit, predicted_image, with_predictions

from ._linear_field import GRID, LinearField


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(1)
    field = LinearField(rng)
    vis = field.observed(rng)
    tree = field.posterior(vis, rng, free_scale=True, draws=60)
    tree.attrs["seed"] = 7

    def predict(part, draws):
        return predicted_image(tree, part, Nufft(part.u, part.v, GRID), draws=draws)

    return tree, vis, predict


def test_groups_hold_what_was_checked(fitted):
    tree, vis, predict = fitted
    found = check_fit(tree, vis, predict, seed=1)
    groups = {"posterior", "predictive_check", "left_out", "posterior_predictive", "log_likelihood", "observed_data"}
    assert set(found.tree.children) == groups
    assert "posterior_predictive" not in tree.children
    assert found.tree.attrs["seed"] == 7
    assert "stored of 120 draws; PSIS-LOO of 336 of 336" in found.label
    assert found.label == found.tree.attrs["checks"]
    assert found.tree["predictive_check"].attrs["draws"] == 120
    np.testing.assert_array_equal(found.tree["predictive_check"]["chi2"], found.predictive.table["chi2"])
    assert found.tree["left_out"].attrs["elpd"] == found.left_out.elpd
    every = [model for model, _ in predict(vis, 60)]
    np.testing.assert_allclose(found.predictive.mean, np.mean(every, axis=0), rtol=1e-12)
    np.testing.assert_array_equal([model for model, _ in found.shown], every)
    assert found.sentences == (
        "predictive check: 0 of 32 bins outside",
        "leave-one-out: 0 of 336 visibilities with Pareto k > 0.7",
    )


def test_large_data_keep_their_tables_only(fitted):
    tree, vis, predict = fitted
    small = check_fit(tree, vis, predict, seed=1, largest=2 * 2 * len(vis) * 10)
    assert small.tree["log_likelihood"].sizes["draw"] == 10
    every = [model for model, _ in predict(vis, 60)]
    np.testing.assert_array_equal([model for model, _ in small.shown], every[::6])
    none = check_fit(tree, vis, predict, seed=1, largest=2 * 2 * len(vis) * 5 - 1)
    assert set(none.tree.children) == {"posterior", "predictive_check", "left_out"}
    assert "not stored: 5 draws of every chain are more than 6719 numbers" in none.tree.attrs["checks"]
    np.testing.assert_array_equal(none.predictive.table["p"], small.predictive.table["p"])
    with pytest.raises(ModelError, match="largest -1"):
        check_fit(tree, vis, predict, seed=1, largest=-1)


def test_no_draw_is_predicted_twice(fitted):
    """Of all visibilities; those left out are a part of them, for another number of draws."""
    tree, vis, predict = fitted
    asked = []

    def counting(part, draws):
        found = predict(part, draws)

        def model(i, j):
            asked.append(len(part))
            return found.model(i, j)

        return replace(found, model=model)

    found = check_fit(tree, vis, counting, seed=1)
    assert len(list(found.shown)) == found.tree["predictive_check"].attrs["draws"]
    assert asked == [len(vis)] * 2 * 60 * 2  # once, and all 336 of 600 visibilities at most are left out


def test_predictions_come_without_the_cross_validation(fitted):
    tree, vis, predict = fitted
    found, whole = with_predictions(tree, vis, predict, seed=1), check_fit(tree, vis, predict, seed=1).tree
    assert set(found.children) == set(whole.children) - {"left_out"}
    xr.testing.assert_identical(found["log_likelihood"].to_dataset(), whole["log_likelihood"].to_dataset())
    assert found["predictive_check"].attrs["sentence"] == "predictive check: 0 of 32 bins outside"
    assert "PSIS" not in found.attrs["checks"]
