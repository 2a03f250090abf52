"""What runs by itself after sampling: one call, tables in the tree, visibilities stored only where they fit."""

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.operators import Nufft
from bayesim.samplers import check_fit, predicted_image

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
    assert found.tree["posterior_predictive"].sizes["draw"] <= 25
    assert "stored for 40 draws" in found.label == found.tree.attrs["checks"]
    assert found.tree["predictive_check"].attrs["draws"] == 120
    np.testing.assert_array_equal(found.tree["predictive_check"]["chi2"], found.predictive.table["chi2"])
    assert found.tree["left_out"].attrs["elpd"] == found.left_out.elpd
    assert found.sentences == (
        "predictive check: 0 of 32 bins outside",
        "leave-one-out: 0 of 336 visibilities with Pareto k > 0.7",
    )


def test_large_data_keep_their_tables_only(fitted):
    tree, vis, predict = fitted
    small = check_fit(tree, vis, predict, seed=1, largest=2 * 2 * len(vis) * 10)
    assert small.tree["log_likelihood"].sizes["draw"] == 10
    none = check_fit(tree, vis, predict, seed=1, largest=2 * 2 * len(vis) * 5 - 1)
    assert set(none.tree.children) == {"posterior", "predictive_check", "left_out"}
    assert "not stored: 5 draws of every chain are more than 6719 numbers" in none.tree.attrs["checks"]
    np.testing.assert_array_equal(none.predictive.table["p"], small.predictive.table["p"])
    with pytest.raises(ModelError, match="largest -1"):
        check_fit(tree, vis, predict, seed=1, largest=-1)


def test_draws_are_thinned_evenly(fitted):
    _, vis, predict = fitted
    predictions = predict(vis, 60)
    part = predictions.thinned(25)
    np.testing.assert_array_equal(part.draw, np.arange(0, 60, 3))
    (_, *_, last), (*_, same) = list(predictions)[:58], list(part)[:20]
    np.testing.assert_array_equal(last[0], same[0])
    assert last[1] == same[1]
