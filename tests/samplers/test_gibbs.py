"""Draws of sources as a whole: what the tree holds, the same bits again, going on after a cut, the gate."""

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.samplers import _source_run, gibbs, source_verdict

from ._toy_sources import Toy


@pytest.fixture(scope="module")
def problem():
    toy = Toy(centres=((0.0, 0.0), (0.7, 0.2), (6.0, -1.0)), baselines=40, weight=3.0)
    rng = np.random.default_rng(8)
    data = toy.matrix[:, ::6] @ np.array([2.0, 1.2, 0.0]) + rng.standard_normal(len(toy.matrix))
    return toy.candidates(data, flux=[2.0, 1.2, 0.0])


@pytest.fixture(scope="module")
def tree(problem):
    return gibbs.sample(problem, seed=1, draws=400, tune=50, chains=4)


def test_the_posterior_of_the_toy(problem, tree):
    posterior = tree["posterior"]
    mean, sd = (getattr(posterior["flux"], kind)(("chain", "draw")).values for kind in ("mean", "std"))
    assert np.all(np.abs(mean[:2] - [2.0, 1.2]) < 4 * sd[:2])
    assert posterior["included"].mean(("chain", "draw")).values[:2] == pytest.approx(1.0, abs=0.01)
    assert float(posterior["included"].mean(("chain", "draw"))[2]) < 0.5
    assert float(posterior["noise_scale"].mean()) == pytest.approx(1.0, abs=4 * (2 * 80) ** -0.5)


def test_presence_is_the_mean_of_its_probability(tree):
    posterior = tree["posterior"]
    included, inclusion = (posterior[name].mean(("chain", "draw")).values for name in ("included", "inclusion"))
    assert included == pytest.approx(inclusion, abs=0.05)
    assert np.array_equal(posterior["flux"].values > 0, posterior["included"].values == 1)
    assert np.allclose(posterior["total_flux"], posterior["flux"].sum("source"))


def test_the_energy_is_that_of_the_draw(problem, tree):
    chi2 = tree["sample_stats"]["chi2"].values
    assert np.all(chi2 > 0)
    assert chi2.mean() == pytest.approx(2 * problem.count, rel=0.5)


def test_same_seed_same_bits(problem):
    runs = [
        gibbs.sample(problem, seed=seed, draws=30, tune=5, chains=2, cores=cores)
        for seed, cores in ((3, 1), (3, 2), (4, 1))
    ]
    first, again, other = (run["posterior"].to_dataset() for run in runs)
    xr.testing.assert_identical(first, again)
    assert not np.array_equal(first["flux"], other["flux"])


def test_a_cut_run_goes_on_to_the_same_bits(problem, tmp_path, monkeypatch):
    straight = gibbs.sample(problem, seed=3, draws=160, tune=20, chains=2)
    monkeypatch.setattr(_source_run, "WRITE_EVERY", 0.0)
    advance, calls = _source_run.SourceChain.advance, []

    def cut(self, *arguments):
        calls.append(1)
        if len(calls) > 7:
            raise KeyboardInterrupt
        return advance(self, *arguments)

    monkeypatch.setattr(_source_run.SourceChain, "advance", cut)
    with pytest.raises(KeyboardInterrupt):
        gibbs.sample(problem, seed=3, draws=160, tune=20, chains=2, cores=1, checkpoint=tmp_path / "chain")
    monkeypatch.setattr(_source_run.SourceChain, "advance", advance)
    assert len(list((tmp_path / "chain").glob("block_*.npz"))) == 2
    resumed = gibbs.sample(problem, seed=3, draws=160, tune=20, chains=2, checkpoint=tmp_path / "chain")
    xr.testing.assert_identical(straight["posterior"].to_dataset(), resumed["posterior"].to_dataset())
    with pytest.raises(ModelError, match="another run"):
        gibbs.sample(problem, seed=4, draws=160, tune=20, chains=2, checkpoint=tmp_path / "chain")


def test_an_empty_field_has_a_posterior():
    noise = np.random.default_rng(1).standard_normal(24)
    tree = gibbs.sample(Toy(centres=np.empty((0, 2))).candidates(noise), seed=1, draws=400, tune=5)
    posterior = tree["posterior"]
    assert not posterior["number"].values.any()
    # 24 real numbers of unit noise know their scale to 15 %
    assert float(posterior["noise_scale"].mean()) == pytest.approx(np.std(noise), rel=0.15)
    # half a source in the prior of a Poisson rate, and none seen
    assert float(posterior["density"].mean()) == pytest.approx(0.5 / 50.0, rel=0.2)
    assert set(source_verdict(tree).failed) == {"lambda", "noise_scale", "density"}


def test_a_count_below_one_is_refused(problem):
    with pytest.raises(ModelError, match="draws 0"):
        gibbs.sample(problem, seed=1, draws=0)


def test_the_gate_judges_sources(tree):
    verdict = source_verdict(tree)
    assert verdict.passed, verdict.headline
    assert set(verdict.failed) == {"lambda", "noise_scale", "density", "total_flux", "number", "flux", "l", "m"}


def test_the_gate_fails_short_chains(problem):
    assert not source_verdict(gibbs.sample(problem, seed=1, draws=20, tune=1, chains=2)).passed
    with pytest.raises(ModelError, match="does not hold sources"):
        source_verdict(xr.DataTree.from_dict({"posterior": xr.Dataset({"x": (("chain", "draw"), np.zeros((2, 4)))})}))
