"""Ranks of truths are uniform where the sampler is right, and leave the band where it is not."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.validation import judge_ranks, rank_band, rank_study

KEPT = 49
PRECISION = 1.0 + 4.0
"""Of the posterior of a standard normal parameter, seen four times with unit noise."""


def simulate(seed):
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal()
    data = truth + rng.standard_normal(4)
    return {"x": truth, "log_likelihood": -0.5 * np.sum((data - truth) ** 2)}, data


def sampler(*, shift=0.0, spread=1.0, prior=False):
    def sample(data, seed):
        rng = np.random.default_rng(seed)
        mean, sd = (0.0, 1.0) if prior else (data.sum() / PRECISION + shift, spread * PRECISION**-0.5)
        x = mean + sd * rng.standard_normal((2, 200))
        likelihood = -0.5 * np.sum((data - x[..., None]) ** 2, axis=-1)
        draws = {"x": (("chain", "draw"), x), "log_likelihood": (("chain", "draw"), likelihood)}
        return xr.DataTree.from_dict({"posterior": xr.Dataset(draws)})

    return sample


def study(sample, replicates=100, **options):
    return rank_study(simulate, sample, replicates=replicates, seed=3, kept=KEPT, **options)


def of(ranks):
    names = [f"q{k}" for k in range(len(ranks))]
    return xr.Dataset(
        {"rank": (("quantity", "replicate"), ranks)}, {"quantity": names}, {"kept": KEPT, "seed": 0, "failed": 0}
    )


@pytest.fixture(scope="module")
def exact():
    return study(sampler())


def test_an_exact_sampler_is_calibrated(exact):
    verdict = judge_ranks(exact)
    assert verdict.passed
    assert verdict.outside == ()
    assert exact["rank"].shape == (2, 100)
    assert 0 <= int(exact["rank"].min()) <= int(exact["rank"].max()) <= KEPT
    assert verdict.headline.startswith("calibrated")


@pytest.mark.parametrize(
    ("fault", "seen_in"),
    [({"spread": 0.6}, "x"), ({"spread": 1.8}, "x"), ({"shift": 0.3}, "x"), ({"prior": True}, "log_likelihood")],
    ids=["too narrow", "too wide", "biased", "the prior"],
)
def test_a_wrong_sampler_is_not(fault, seen_in):
    verdict = judge_ranks(study(sampler(**fault)))
    assert not verdict.passed
    assert seen_in in verdict.outside
    assert verdict.headline.startswith("NOT CALIBRATED")


def test_a_sampler_of_the_prior_has_uniform_ranks_of_the_parameter():
    assert "x" not in judge_ranks(study(sampler(prior=True))).outside


def test_same_seed_same_ranks(exact):
    assert exact.identical(study(sampler()))


def test_a_replicate_that_fails_the_gate_is_counted_and_kept():
    limits = SimpleNamespace(rhat=1.05, ess=250.0, divergences=0, ebfmi=0.2)
    found = study(sampler(), replicates=20, limits=limits)
    assert 0 < found.attrs["failed"] == int((~found["passed"]).sum())
    assert found.sizes["replicate"] == 20
    assert all(
        ("FAILED" in str(text)) != bool(good) for text, good in zip(found["headline"], found["passed"], strict=True)
    )


def test_one_band_in_twenty_is_left_by_chance(rng):
    share = len(judge_ranks(of(rng.integers(0, KEPT + 1, (2000, 60)))).outside) / 2000
    # six binomial standard errors; the discrete ranks make the band a little wider than asked for
    assert 0.02 < share < 0.08


def test_the_band_is_what_the_verdict_uses(rng):
    points, low, high = rank_band(60, KEPT)
    assert points.shape == (KEPT,)
    ranks = rng.binomial(KEPT, rng.beta(1.0, 1.3, (200, 60)))
    ecdf = (ranks[:, :, None] < np.arange(1, KEPT + 1)).mean(axis=1)
    left = np.any((ecdf < low - 1e-12) | (ecdf > high + 1e-12), axis=1)
    assert 10 < left.sum() < 190
    assert [f"q{k}" for k in np.flatnonzero(left)] == list(judge_ranks(of(ranks)).outside)


def test_ties_are_broken_evenly():
    def heads(seed):
        return {"x": float(seed % 2)}, None

    def tosses(_, seed):
        return xr.DataTree.from_dict(
            {
                "posterior": xr.Dataset(
                    {"x": (("chain", "draw"), np.random.default_rng(seed).integers(0, 2, (2, 200)))}
                )
            }
        )

    assert judge_ranks(rank_study(heads, tosses, replicates=200, seed=1, kept=KEPT)).passed


@pytest.mark.parametrize(
    ("options", "message"),
    [({"replicates": 1}, "at least 2"), ({"kept": 500}, "fewer than kept"), ({"truth": np.nan}, "not finite")],
)
def test_bad_input_is_refused(options, message):
    truth = {"x": options.pop("truth", 0.0)}
    settings = {"replicates": 2, "seed": 1, "kept": KEPT} | options
    with pytest.raises(ModelError, match=message):
        rank_study(lambda seed: (truth, simulate(seed)[1]), sampler(), **settings)
    with pytest.raises(ModelError, match="inside"):
        rank_band(10, 9, prob=1.0)
