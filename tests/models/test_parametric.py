"""Sources in closed form: every story runs, says what it found, and finds what it simulated."""

import json
import sys

import numpy as np
import pytest

from models import binary_star, model_comparison, rings, thick_ring

EVERY = {"mean", "sd", "hdi_low", "hdi_high", "ess", "rhat"}


def run(story, out, monkeypatch, *arguments):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", *map(str, arguments), "--out", str(out)])
    story.main()
    assert all(picture.stat().st_size > 8_000 for picture in out.glob("*.png"))
    assert any(out.glob("*.png"))
    return json.loads((out / "summary.json").read_text())


def found(summary, **truth):
    for name, value in truth.items():
        row = summary["posterior"][name]
        assert set(row) == EVERY
        assert abs(row["mean"] - value) < 5 * row["sd"], (name, row)


SHORT = ("--draws", 100, "--tune", 200, "--chains", 2)


@pytest.mark.slow
def test_binary_star(tmp_path, monkeypatch):
    summary = run(binary_star, tmp_path, monkeypatch, *SHORT)
    found(summary, flux_ratio=0.1, separation=6.0, position_angle=250.0, noise_scale=1.5, phase_noise_scale=1.5)
    assert summary["posterior"]["separation"]["sd"] < 0.1


@pytest.mark.slow
def test_thick_ring_needs_no_calibration(tmp_path, monkeypatch):
    summary = run(thick_ring, tmp_path, monkeypatch, *SHORT)
    found(summary, diameter=45.0, width=12.0, position_angle=150.0)
    assert summary["posterior"]["diameter"]["sd"] < 2.0
    # closures do not change with the gains of the stations, which the simulation multiplied in
    assert np.ptp(np.abs(thick_ring.simulated(1).data[:20])) > 0.02


@pytest.mark.slow
def test_rings_of_a_disk(tmp_path, monkeypatch):
    summary = run(rings, tmp_path, monkeypatch, *SHORT)
    found(summary, flux=0.1, inclination=45.0, position_angle=60.0, noise_scale=1.0)
    np.testing.assert_allclose(summary["means"]["diameters"], [1.6, 3.2], atol=0.1)
    np.testing.assert_allclose(summary["means"]["fluxes"], [0.06, 0.04], atol=0.01)


@pytest.mark.slow
def test_the_true_shape_predicts_best(tmp_path, monkeypatch):
    summary = run(model_comparison, tmp_path, monkeypatch, "--draws", 100, "--tune", 200, "--chains", 2)
    assert summary["best"] == "limb_darkened_disk"
    rows = summary["comparison"]
    assert list(rows) == ["limb_darkened_disk", "disk", "ring"]
    assert rows["disk"]["difference"] < -3 * rows["disk"]["difference_se"]


@pytest.mark.slow
def test_m87_is_a_ring_of_42_microarcseconds(shared_data, tmp_path, monkeypatch):
    files = sorted((shared_data / "eht_m87_2017").glob("*.uvfits"))
    summary = run(thick_ring, tmp_path, monkeypatch, *files)
    assert summary["verdict"] == "converged"
    ring = summary["posterior"]
    assert ring["diameter"]["mean"] == pytest.approx(42.0, abs=3.0)
    assert ring["fractional_width"]["mean"] < 0.5
    assert 165.0 < ring["position_angle"]["mean"] < 190.0
