"""The gate opens for good draws and closes for every kind of bad ones; its numbers are ArviZ's."""

import re
from dataclasses import replace

import arviz_stats
import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ConvergenceError, ModelError
from bayesim.samplers import Limits, Verdict, diagnose, judge


def tree(draws, *, diverging=None, energy=None):
    chains, n = draws.shape[:2]
    rng = np.random.default_rng(9)
    stats = {
        "diverging": (("chain", "draw"), np.zeros((chains, n), bool) if diverging is None else diverging),
        "energy": (("chain", "draw"), rng.standard_normal((chains, n)) if energy is None else energy),
    }
    posterior = xr.Dataset({"image": (("chain", "draw", "m", "l"), draws)})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": xr.Dataset(stats)})


@pytest.fixture
def good(rng):
    return rng.standard_normal((4, 500, 3, 2))


@pytest.mark.parametrize(("shape", "memory"), [((4, 400), 0.0), ((2, 301), 0.9), ((3, 200), 0.99), ((2, 500), -0.5)])
def test_diagnostics_equal_arviz(rng, shape, memory):
    draws = rng.standard_normal((*shape, 5))
    for t in range(1, shape[1]):
        draws[:, t] += memory * draws[:, t - 1]
    draws[..., 0] = np.round(draws[..., 0])  # ties
    found = diagnose(draws)
    data = xr.Dataset({"x": (("chain", "draw", "pixel"), draws)})
    np.testing.assert_allclose(found.rhat, arviz_stats.rhat(data)["x"], rtol=1e-12)
    np.testing.assert_allclose(found.ess_bulk, arviz_stats.ess(data)["x"], rtol=1e-10)
    tail = arviz_stats.ess(data, method="tail", prob=(0.05, 0.95))["x"]
    np.testing.assert_allclose(found.ess_tail, tail, rtol=1e-10)


def test_good_draws_pass(good):
    verdict = judge(tree(good))
    assert verdict.passed
    assert verdict.headline == "converged"
    assert verdict.failed == {"image": 0}
    verdict.require()


def stuck(draws):
    draws[0, :, 1, 1] = 5.0
    return tree(draws)


def shifted(draws):
    draws[0, :, 1, 1] += 1.0
    return tree(draws)


def not_a_number(draws):
    draws[1, 7, 0, 0] = np.nan
    return tree(draws)


def constant(draws):
    draws[:, :, 0, 1] = 2.0
    return tree(draws)


def slow(draws):
    return tree(np.cumsum(draws, axis=1))


def divergent(draws):
    diverging = np.zeros(draws.shape[:2], bool)
    diverging[2, 3] = True
    return tree(draws, diverging=diverging)


def wandering_energy(draws):
    return tree(draws, energy=np.cumsum(draws[..., 0, 0], axis=1))


@pytest.mark.parametrize(
    ("spoil", "said", "elements"),
    [
        (stuck, r"R-hat of image\[1, 1\] is", 1),
        (shifted, r"R-hat of image\[1, 1\] is 1", 1),
        (not_a_number, r"R-hat of image\[0, 0\] is nan", 1),
        (constant, r"R-hat of image\[0, 1\] is nan", 1),
        (slow, "effective sample size", 6),
        (divergent, "1 divergent", 0),
        (wandering_energy, "E-BFMI", 0),
    ],
)
def test_bad_draws_fail_and_say_why(good, spoil, said, elements):
    verdict = judge(spoil(good))
    assert not verdict.passed
    assert re.search(said, verdict.headline)
    assert verdict.failed["image"] == elements
    with pytest.raises(ConvergenceError, match=said):
        verdict.require()


def test_the_worst_of_all_variables_is_named(good):
    posterior = {
        "scale": (("chain", "draw"), good[..., 0, 0]),
        "flux": (("chain", "draw", "source"), np.cumsum(good[:, :, 0], axis=1) * np.array([0, 1]) + good[:, :, 0]),
    }
    data = xr.Dataset(posterior, {"source": [12, 7]})
    verdict = judge(xr.DataTree.from_dict({"posterior": data}))
    assert "R-hat of flux[7] is" in verdict.headline
    assert "bulk effective sample size of flux[7] is" in verdict.headline
    assert verdict.failed == {"scale": 0, "flux": 1}
    draws = good[..., 0, 0].copy()
    draws[0] += 1.0
    assert (
        "R-hat of scale is"
        in judge(
            xr.DataTree.from_dict({"posterior": data.assign(scale=(("chain", "draw"), draws))}), names=("scale",)
        ).headline
    )


def test_one_chain_cannot_pass(good):
    assert "R-hat" in judge(tree(good[:1])).headline


def test_limits_are_the_callers(good):
    assert not judge(tree(good), limits=Limits(ess=1e6)).passed


def test_missing_pieces_are_refused(good):
    with pytest.raises(ModelError, match="no posterior"):
        judge(xr.DataTree())
    with pytest.raises(ModelError, match=r"no variable \['sky'\]"):
        judge(tree(good), names=("sky",))
    with pytest.raises(ModelError, match="3 draws are too few"):
        judge(tree(good[:, :3]))


@pytest.mark.parametrize(
    ("numbers", "times"),
    [
        ({"ess_tail_min": 100.0}, 4.0),
        ({"rhat_max": 1.03, "ess_bulk_min": 390.0}, 3.0),
        ({"rhat_max": float("nan"), "ess_bulk_min": 390.0}, float("inf")),
        ({"divergences": 1}, float("inf")),
        ({"ebfmi_min": 0.1}, float("inf")),
        ({"ess_bulk_min": float("nan")}, float("inf")),
    ],
)
def test_how_long_chains_must_be(numbers, times):
    good = Verdict(True, ("converged",), 1.004, 900.0, 800.0, 0, 1.0, {})
    assert good.times_as_long() == 1.0
    assert replace(good, passed=False, **numbers).times_as_long() == pytest.approx(times)
    assert replace(good, passed=False, ess_tail_min=100.0).times_as_long(Limits(ess=200)) == pytest.approx(2.0)
