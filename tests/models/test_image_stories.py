"""Skies of pixels: slopes are right where chains start, and every story runs and finds what it simulates."""

import json
import sys

import numpy as np
import pytest

from bayesim.operators import Coplanar, measure
from bayesim.priors import Laplace, PositiveLaplace, StarletLaplace, TotalVariation
from bayesim.samplers import start
from bayesim.samplers._first_point import FirstPoint
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, solve_regularised
from models import laplace_signed, max_entropy, multiscale, total_variation

EVERY = {"mean", "sd", "hdi_low", "hdi_high", "ess", "rhat"}
FLUX = {laplace_signed: 0.6, total_variation: 1.5, max_entropy: 1.5, multiscale: 1.5}


def measured(story, npix=12):
    vis = story.simulated(1)
    return measure(vis, Grid(npix, cell=1.0 / (2.2 * vis.longest_baseline)))


def signed():
    statistics = measured(laplace_signed)
    mode = PolyClean().solve(Coplanar(statistics), Laplace(0.05 * np.abs(statistics.dirty).max()))
    return laplace_signed.build(statistics), laplace_signed.start(mode)


def patches():
    statistics = measured(total_variation)
    sigma = statistics.sum_weight**-0.5
    mode = solve_regularised(Coplanar(statistics), TotalVariation(1.0 / sigma, level=0.01), relative_gap=1e-3)
    return total_variation.build(statistics, level=0.01), total_variation.start(mode)


def scales():
    statistics = measured(multiscale)
    sigma = statistics.sum_weight**-0.5
    prior = StarletLaplace(1.0 / sigma, level=0.01, levels=multiscale.LEVELS)
    mode = solve_regularised(Coplanar(statistics), prior, relative_gap=1e-2)
    return multiscale.build(statistics, level=0.01), multiscale.start(mode, sigma=sigma)


def even():
    statistics = measured(max_entropy)
    mode = PolyClean().solve(Coplanar(statistics), PositiveLaplace(0.05 * statistics.dirty.max()))
    model = max_entropy.build(statistics, default=0.01)
    return model, start(mode, model)


@pytest.mark.parametrize("case", [signed, patches, scales, even], ids=lambda case: case.__name__)
def test_slopes_are_right_where_chains_start(case):
    model, first = case()
    assert model.named_vars_to_dims["image"] == ("m", "l")
    assert {variable.name for variable in model.free_RVs} == {"image", "lambda", "noise_scale"}
    point = FirstPoint(model, first).point(1)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(4)
    # a millionth of the jitter: so short a step crosses no kink of the penalty
    along = {name: 1e-4 * rng.standard_normal(np.shape(x)) for name, x in point.items()}
    ahead, behind = (value({name: x + s * along[name] for name, x in point.items()}) for s in (1e-4, -1e-4))
    exact = slope(point) @ np.concatenate([np.ravel(along[v.name]) for v in model.value_vars])
    assert (ahead - behind) / 2e-4 == pytest.approx(exact, rel=1e-4)
    assert value(point) > value(model.initial_point()) + 100


def run(story, out, monkeypatch, *arguments):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", *map(str, arguments), "--out", str(out)])
    story.main()
    assert {path.name for path in out.glob("*.png")} == {"mean.png", "sd.png"}
    assert all(path.stat().st_size > 8_000 for path in out.glob("*.png"))
    return json.loads((out / "summary.json").read_text())


@pytest.mark.slow
def test_a_short_run_writes_its_summary_and_says_that_it_was_short(tmp_path, monkeypatch, capsys):
    # too little tuning would cost more: steps stay short and trees deep
    summary = run(total_variation, tmp_path, monkeypatch, "--draws", 20, "--tune", 120, "--chains", 2)
    assert summary == json.loads(capsys.readouterr().out)
    assert summary["verdict"].startswith("FAILED")  # 40 draws are too few, and are said to be
    for name in ("lambda", "flux", "noise_scale"):
        assert set(summary["posterior"][name]) == EVERY
    assert abs(summary["posterior"]["flux"]["mean"] - 1.5) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("story", FLUX, ids=lambda module: module.__name__)
def test_the_story_converges_and_finds_the_flux_and_the_noise(story, tmp_path, monkeypatch):
    summary = run(story, tmp_path, monkeypatch)
    assert summary["verdict"] == "converged"
    for name, truth in {"flux": FLUX[story], "noise_scale": 1.0}.items():
        found = summary["posterior"][name]
        assert abs(found["mean"] - truth) < 4 * found["sd"], name
