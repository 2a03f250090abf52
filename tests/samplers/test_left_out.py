"""Leave-one-out densities are ArviZ's own, by bins, and of a part of the visibilities where there are many."""

from dataclasses import replace

import arviz as az
import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.operators import Nufft
from bayesim.samplers import left_out, pointwise, predicted_image, some_visibilities

from ._linear_field import GRID, LinearField


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(1)
    field = LinearField(rng)
    vis = field.observed(rng)
    tree = field.posterior(vis, rng, free_scale=True, draws=150)
    return field, vis, tree, predicted_image(tree, vis, field.operator, draws=150)


def test_the_sum_is_that_of_arviz(fitted):
    _, vis, tree, predictions = fitted
    found = left_out(predictions)
    full = pointwise(tree, predictions, seed=1)
    together = full["log_likelihood"].to_dataset().sum("component")
    full["log_likelihood"] = together
    reference = az.loo(full, reff=1.0, pointwise=True)
    assert found.elpd == pytest.approx(reference.elpd, rel=1e-9)
    assert found.se == pytest.approx(reference.se, rel=0.01)
    assert found.looked_at == found.count == len(vis)
    assert "336 of 336" in found.label
    table = found.table
    first = table.isel(bin=0)
    some = (np.hypot(vis.u, vis.v) >= float(first["low"])) & (np.hypot(vis.u, vis.v) <= float(first["high"]))
    assert float(first["elpd"]) == pytest.approx(float(reference.elpd_i.values[some].mean()), rel=1e-9)
    antennas = table["looked_at"].values[np.asarray(table["family"]) == "antenna"]
    assert antennas.sum() == 2 * len(vis)


def test_a_part_of_the_visibilities_is_scaled_up(fitted):
    _, vis, tree, predictions = fitted
    chosen = some_visibilities(vis, at_most=100, seed=1)
    again, other = (some_visibilities(vis, at_most=100, seed=seed) for seed in (1, 2))
    assert chosen.digest == again.digest != other.digest
    operator = Nufft(chosen.u, chosen.v, GRID)
    whole = left_out(predictions)
    part = left_out(predicted_image(tree, chosen, operator, draws=150), of=len(vis))
    assert (part.looked_at, part.count) == (100, len(vis))
    assert abs(part.elpd - whole.elpd) < 3 * part.se
    assert part.se > 1.5 * whole.se
    assert part.label.endswith("chosen at random and scaled up")
    with pytest.raises(ModelError, match="at_most 1 "):
        some_visibilities(vis, at_most=1, seed=1)
    with pytest.raises(ModelError, match="336 visibilities cannot be chosen of 5"):
        left_out(predictions, of=5)


def test_a_visibility_that_decides_alone_is_counted(fitted):
    """A datum far better than the others determines the fit: what is left out of it cannot be weighed."""
    field, vis, _, _ = fitted
    rng = np.random.default_rng(7)
    strong = replace(vis, weight=np.where(np.arange(len(vis)) == 10, 1e4 * vis.weight, vis.weight))
    tree = field.posterior(strong, rng, free_scale=False, draws=1000)
    found = left_out(predicted_image(tree, strong, field.operator, draws=1000))
    assert found.untrusted >= 1
    assert found.pareto_k > 0.7
    table = found.table
    ends = {str(strong.antenna1[10]), str(strong.antenna2[10])}
    named = set(table["name"].values[(table["family"] == "antenna") & (table["untrusted"] > 0)])
    assert ends <= named
