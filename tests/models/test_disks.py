"""Stars from squared visibilities: the stories run, give their truth back, and measure Alpha Centauri A."""

import json
import sys

import numpy as np
import pytest

from bayesim.data import read_oifits
from bayesim.errors import ModelError
from bayesim.samplers import scan
from models import limb_darkened_disk, uniform_disk

TRUTH = {
    uniform_disk: {"diameter": 8.0, "noise_scale": 2.0},
    limb_darkened_disk: {"diameter": 8.0, "noise_scale": 2.0, "limb_darkening": 0.2},
}


def run(story, out, monkeypatch, *arguments):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", *map(str, arguments), "--out", str(out)])
    story.main()
    return json.loads((out / "summary.json").read_text())


@pytest.mark.parametrize(
    "story",
    # the limb-darkened one samples twice as long, and Alpha Centauri's test runs it too
    [story if story is uniform_disk else pytest.param(story, marks=pytest.mark.slow) for story in TRUTH],
    ids=lambda module: module.__name__,
)
def test_the_story_finds_the_star_that_it_simulates(story, tmp_path, monkeypatch, capsys):
    counts = ["--draws", 150, "--tune", 250, "--chains", 2]
    summary = run(story, tmp_path, monkeypatch, *counts)
    assert summary == json.loads(capsys.readouterr().out)
    assert set(summary["posterior"]) >= set(TRUTH[story])
    for name, truth in TRUTH[story].items():
        found = summary["posterior"][name]
        assert abs(found["mean"] - truth) < 4 * found["sd"]
        assert set(found) == {"mean", "sd", "hdi_low", "hdi_high", "ess", "rhat"}
    assert summary["posterior"]["diameter"]["sd"] < 0.05
    assert (tmp_path / "fit.png").stat().st_size > 10_000


def test_a_scan_that_ends_on_its_edge_is_refused():
    model = uniform_disk.build(uniform_disk.simulated(1))
    with pytest.raises(ModelError, match="widen the grid"):
        scan(model, "diameter", np.linspace(9.0, 20.0, 12))
    with pytest.raises(ModelError, match="free scalar variable"):
        scan(model, "radius", [1.0, 2.0, 3.0])


@pytest.mark.slow
def test_alpha_centauri_a_is_darkened_at_its_limb(shared_data, tmp_path, monkeypatch):
    path = shared_data / "oifits" / "AlphaCenA.oifits"
    star = run(limb_darkened_disk, tmp_path / "limb", monkeypatch, path)
    even = run(uniform_disk, tmp_path / "even", monkeypatch, path)
    assert star["verdict"] == even["verdict"] == "converged"
    assert 8.44 < star["posterior"]["diameter"]["mean"] < 8.47
    assert star["posterior"]["limb_darkening"]["mean"] == pytest.approx(0.136, abs=0.01)
    assert star["posterior"]["noise_scale"]["mean"] == pytest.approx(2.0, abs=0.3)
    assert even["posterior"]["diameter"]["mean"] == pytest.approx(8.307, abs=0.01)
    # the same data need errors twice as large again: a Bayes factor of e^200
    gain = np.log(even["posterior"]["noise_scale"]["mean"] / star["posterior"]["noise_scale"]["mean"])
    assert gain * len(read_oifits(path).v2) > 150
