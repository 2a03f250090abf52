"""Noise scales and gains: the models have right slopes where chains start, and the stories run to the end."""

import json
import sys

import numpy as np
import pytest

from bayesim.data import by_scan
from bayesim.likelihoods import StationGains
from bayesim.samplers._first_point import FirstPoint
from models import gains, noise_scale


def run(story, out, monkeypatch, *arguments):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", *map(str, arguments), "--out", str(out)])
    story.main()
    return json.loads((out / "summary.json").read_text())


def slopes_are_right(model, point):
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    along = {name: 0.1 * np.random.default_rng(2).standard_normal(np.shape(x)) for name, x in point.items()}
    ahead, behind = (value({k: x + s * along[k] for k, x in point.items()}) for s in (1e-6, -1e-6))
    exact = slope(point) @ np.concatenate([np.ravel(along[v.name]) for v in model.value_vars])
    assert (ahead - behind) / 2e-6 == pytest.approx(exact, rel=1e-5)
    return float(value(point))


@pytest.mark.slow
def test_a_ring_and_its_gains_start_on_the_right_hill():
    vis = gains.simulated(1)
    solved = StationGains(vis, by_scan(vis))
    model, start = gains.build(solved), gains.start(solved)
    assert start.values["diameter"] == pytest.approx(0.045, abs=0.004)
    density = slopes_are_right(model, FirstPoint(model, start).point(1))
    assert density > float(model.compile_logp(mode="FAST_COMPILE")(model.initial_point())) + 1e4


def test_rings_of_any_width_can_be_sampled():
    vis = gains.simulated(1)
    model = gains.build(StationGains(vis, by_scan(vis)))
    blur = model["blur"]
    values = [float(model.rvs_to_transforms[blur].backward(z, *blur.owner.inputs).eval()) for z in (-7.0, 0.0, 70.0)]
    assert values == pytest.approx([np.exp(-7.0), np.log(2.0), 70.0], rel=1e-3)


def test_noise_scales_have_right_slopes_and_names():
    vis = noise_scale.simulated(1)
    model = noise_scale.build(vis, noise_scale.thirds(vis))
    slopes_are_right(model, model.initial_point())
    assert model.named_vars_to_dims["noise_scales"] == ("length",)


@pytest.mark.slow
def test_the_story_finds_by_how_much_the_weights_are_wrong(tmp_path, monkeypatch):
    summary = run(noise_scale, tmp_path, monkeypatch, "--draws", 500, "--tune", 500, "--chains", 2)
    table = summary["posterior"]
    for k, truth in enumerate(noise_scale.WRONG):
        assert abs(table[f"noise_scale_{k}"]["mean"] - truth) < 4 * table[f"noise_scale_{k}"]["sd"]
    assert abs(table["width"]["mean"] - 600.0) < 4 * table["width"]["sd"]
    assert (tmp_path / "misfit.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_story_finds_the_ring_through_the_gains(tmp_path, monkeypatch):
    summary = run(gains, tmp_path, monkeypatch)
    assert summary["verdict"] == "converged"
    truth = {"flux": 0.6, "diameter": 0.045, "width": 0.012, "noise_scale": 1.0, "position_angle": 150.0}
    for name, number in truth.items():
        found = summary["posterior"][name]
        assert abs(found["mean"] - number) < 4 * found["sd"], name
    assert (tmp_path / "ring.png").stat().st_size > 10_000
