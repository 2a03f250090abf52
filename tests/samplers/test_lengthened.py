"""Chains that do not pass the gate go on: the same draws, fewer of them kept, and no further than that helps."""

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.samplers import _source_run, gibbs, source_verdict

from ._toy_sources import Toy

HOW = {"seed": 3, "draws": 500, "tune": 50, "chains": 2, "thin": 2}


def two_sources(apart):
    toy = Toy(centres=((0.0, 0.0), (apart, 0.1), (6.0, -1.0)), baselines=40, weight=3.0)
    data = toy.matrix[:, ::6] @ np.array([2.0, 1.2, 0.0]) + np.random.default_rng(8).standard_normal(80)
    return toy.candidates(data, flux=[2.0, 1.2, 0.0])


@pytest.fixture(scope="module")
def problem():
    # near enough to trade flux: the chains are slow
    return two_sources(0.35)


@pytest.fixture(scope="module")
def lengthened(problem):
    return gibbs.sample(problem, **HOW, lengthen=4)


def test_every_nth_draw_of_the_long_chain_is_kept(problem, lengthened):
    times = lengthened.attrs["lengthened"]
    assert times > 1
    assert lengthened.attrs["thin"] == 2 * times
    straight = gibbs.sample(problem, **{**HOW, "draws": 500 * times})["posterior"].to_dataset()
    kept = straight.isel(draw=slice(times - 1, None, times)).assign_coords(draw=np.arange(500))
    xr.testing.assert_identical(lengthened["posterior"].to_dataset(), kept)


def test_chains_go_on_while_that_may_help(problem, lengthened):
    assert 1.0 < source_verdict(gibbs.sample(problem, **HOW)).times_as_long() < 8.0
    # twice the length that is left is hope enough: the diagnostics scatter
    times, needed = lengthened.attrs["lengthened"], source_verdict(lengthened).times_as_long()
    assert times == 4 or needed == 1.0 or needed >= 2.0 * 4 / times


def test_draws_too_few_to_pass_are_not_lengthened(problem):
    assert gibbs.sample(problem, **{**HOW, "draws": 100}, lengthen=4).attrs["lengthened"] == 1


def test_what_passes_is_left_alone():
    tree = gibbs.sample(two_sources(0.7), **HOW, lengthen=4)
    assert source_verdict(tree).passed
    assert tree.attrs["lengthened"] == 1


def test_a_run_cut_while_it_went_on_has_the_same_bits(problem, lengthened, tmp_path, monkeypatch):
    monkeypatch.setattr(_source_run, "WRITE_EVERY", 0.0)
    advance, calls = _source_run.SourceChain.advance, []

    def cut(self, *arguments):
        calls.append(1)
        if len(calls) > 2 * 14:
            raise KeyboardInterrupt
        return advance(self, *arguments)

    monkeypatch.setattr(_source_run.SourceChain, "advance", cut)
    with pytest.raises(KeyboardInterrupt):
        gibbs.sample(problem, **HOW, lengthen=4, cores=1, checkpoint=tmp_path / "chain")
    monkeypatch.setattr(_source_run.SourceChain, "advance", advance)
    resumed = gibbs.sample(problem, **HOW, lengthen=4, checkpoint=tmp_path / "chain")
    xr.testing.assert_identical(resumed["posterior"].to_dataset(), lengthened["posterior"].to_dataset())


def test_a_field_without_candidates_is_no_special_case():
    nothing = Toy(centres=np.empty((0, 2))).candidates(np.random.default_rng(1).standard_normal(24))
    assert gibbs.sample(nothing, **HOW, lengthen=4)["posterior"]["flux"].shape == (2, 500, 0)


@pytest.mark.parametrize("lengthen", [0, 3, -2])
def test_lengths_are_doubled(problem, lengthen):
    with pytest.raises(ModelError, match=f"{lengthen}"):
        gibbs.sample(problem, **HOW, lengthen=lengthen)
