"""The predictive check says yes to right models as often as it should, and finds what is wrong where it is."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayesim.errors import ModelError
from bayesim.samplers import pointwise, predicted_image, predictive_check
from bayesim.samplers.visibility_bins import bin_visibilities

from ._linear_field import ANTENNAS, SCANS, LinearField


@pytest.fixture(scope="module")
def field():
    return LinearField(np.random.default_rng(1))


def checked(field, rng, *, scale=1.0, free_scale=True, level=0.01):
    vis = field.observed(rng, scale=scale)
    tree = field.posterior(vis, rng, free_scale=free_scale)
    return predictive_check(predicted_image(tree, vis, field.operator), level=level)


@pytest.mark.parametrize("free_scale", [True, False])
def test_a_right_model_is_outside_as_often_as_said(field, free_scale):
    """Probabilities are uniform bin by bin, and 5 % of all runs have any bin outside."""
    rng = np.random.default_rng(5)
    runs = [checked(field, rng, free_scale=free_scale, level=0.05, scale=1.7**free_scale) for _ in range(40)]
    p = np.array([run.table["p"].values for run in runs])
    assert p.shape[1] == 12 + ANTENNAS + SCANS
    below = np.mean(p < 0.1)
    assert 0.07 < below < 0.13
    worst = min(stats.kstest(column, "uniform").pvalue for column in p.T)
    assert worst > 1e-4
    failed = sum(not run.passed for run in runs)
    assert failed <= stats.binom.ppf(0.9999, 40, 0.05)
    # the posterior predictive p-value is never too bold
    kind = np.array([run.table["p_predictive"].values for run in runs])
    assert np.mean((kind < 0.05) | (kind > 0.95)) < below + 0.01


def test_a_noisy_antenna_is_named(field):
    noisy = np.where((field.vis.antenna1 == 3) | (field.vis.antenna2 == 3), 1.4, 1.0)
    check = checked(field, np.random.default_rng(2), scale=noisy)
    table = check.table
    found = table["name"].values[(table["family"] == "antenna") & table["outside"]]
    assert found.tolist() == ["3"]
    assert not check.passed
    assert "worst antenna 3" in check.sentence
    assert f"{check.outside} of 32 bins outside" in check.sentence


def test_a_sky_that_is_missing_is_found_without_a_free_scale(field):
    """With the scale fixed, misfit everywhere is misfit; with a free one, it is noise."""
    rng = np.random.default_rng(3)
    wrong = checked(field, rng, scale=1.5, free_scale=False)
    assert wrong.outside > 20
    assert checked(field, rng, scale=1.5, free_scale=True).passed


def test_columns_are_those_of_the_stored_draws(field):
    """What is summed up draw by draw equals what the stored draws say."""
    rng = np.random.default_rng(4)
    vis = field.observed(rng)
    tree = field.posterior(vis, rng, free_scale=True, draws=30)
    table = predictive_check(predicted_image(tree, vis, field.operator), bins=5).table
    stored = pointwise(tree, predicted_image(tree, vis, field.operator), seed=1)
    sigma = tree["posterior"]["noise_scale"].values[..., None, None] * vis.weight**-0.5
    log_likelihood = stored["log_likelihood"]["visibilities"].values
    energy = -2 * (log_likelihood + np.log(sigma) + 0.5 * np.log(2 * np.pi))
    short = np.hypot(vis.u, vis.v) <= float(table["high"][0])
    assert int(table["count"][0]) == short.sum() == pytest.approx(len(vis) / 5, abs=1)
    total = energy[..., short].sum((-1, -2))
    assert float(table["chi2"][0]) == pytest.approx(total.mean() / (2 * short.sum()), rel=1e-10)
    assert float(table["p_predictive"][0]) == pytest.approx(stats.chi2.sf(total, 2 * short.sum()).mean(), rel=1e-8)
    # twenty pixels were fitted, however they are shared out
    fitted = table["fitted"].values[np.asarray(table["family"]) == "baseline"].sum()
    assert fitted == pytest.approx(20, rel=0.15)


def test_bins_hold_everything_once_and_antennas_twice(field):
    vis = field.vis
    bins = bin_visibilities(vis, bins=7)
    families = np.array(bins.family)
    assert {family: bins.count[families == family].sum() for family in ("baseline", "antenna", "time")} == {
        "baseline": len(vis),
        "antenna": 2 * len(vis),
        "time": len(vis),
    }
    assert np.array_equal(bins.sum(np.ones(len(vis))), bins.count)
    assert bins.notes == ("frequency: unknown, no bins",)
    # one scan is one time: it is never cut in two
    times = bins.low[families == "time"], bins.high[families == "time"]
    assert np.all(times[0][1:] > times[1][:-1])
    unknown = np.arange(len(vis)) < 5
    partly = bin_visibilities(replace(vis, time=np.where(unknown, np.nan, vis.time)))
    assert f"time: unknown for 5 of {len(vis)} visibilities" in partly.notes[0]


def test_a_senseless_level_is_refused(field):
    rng = np.random.default_rng(6)
    predictions = predicted_image(field.posterior(field.vis, rng, free_scale=False), field.vis, field.operator)
    with pytest.raises(ModelError, match=r"level 0 must lie in"):
        predictive_check(predictions, level=0)
    one = field.posterior(field.vis, rng, free_scale=False, draws=1).isel(chain=[0])
    with pytest.raises(ModelError, match="at least two"):
        predictive_check(predicted_image(one, field.vis, field.operator))
