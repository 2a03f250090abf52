"""Skies of smooth structure: slopes are right where chains start, and the stories find what they simulate."""

import json
import sys

import numpy as np
import pytest

from bayesim.operators import measure
from bayesim.samplers._first_point import FirstPoint
from bayesim.sky import Grid
from models import correlated_field


def run(story, out, monkeypatch, *arguments):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", *map(str, arguments), "--out", str(out)])
    story.main()
    assert any(out.glob("*.png"))
    assert all(picture.stat().st_size > 20_000 for picture in out.glob("*.png"))
    return json.loads((out / "summary.json").read_text())


def slopes_are_right(model, point):
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    along = {name: 0.1 * np.random.default_rng(2).standard_normal(np.shape(x)) for name, x in point.items()}
    ahead, behind = (value({k: x + s * along[k] for k, x in point.items()}) for s in (1e-5, -1e-5))
    exact = slope(point) @ np.concatenate([np.ravel(along[v.name]) for v in model.value_vars])
    assert (ahead - behind) / 2e-5 == pytest.approx(exact, rel=1e-5)
    return float(value(point))


def found(summary, **truth):
    for name, value in truth.items():
        row = summary["posterior"][name]
        assert abs(row["mean"] - value) < 4 * row["sd"], (name, row)


def test_a_correlated_field_starts_evenly():
    vis = correlated_field.simulated(1)
    grid = Grid(8, cell=1.0 / (2.2 * vis.longest_baseline))
    model, start = correlated_field.build(measure(vis, grid), flux=1.0), correlated_field.start(grid, flux=1.0)
    slopes_are_right(model, FirstPoint(model, start).point(1))
    assert model.named_vars_to_dims["image"] == ("m", "l")


def test_the_simulated_field_is_what_it_says():
    sky = np.log(correlated_field.truth(3).values)
    assert sky.std() == pytest.approx(0.8)
    power = np.abs(np.fft.fft2(sky)) ** 2
    k = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.fftfreq(32))
    assert np.polyfit(np.log(k[k > 0]), np.log(power[k > 0]), 1)[0] == pytest.approx(-3.5, abs=0.2)


@pytest.mark.slow
def test_the_power_spectrum_of_a_field_is_inferred(tmp_path, monkeypatch):
    summary = run(correlated_field, tmp_path, monkeypatch)
    assert summary["verdict"] == "converged"
    found(summary, flux=1.0, noise_scale=1.0, fluctuations=0.8, slope=-3.5)
