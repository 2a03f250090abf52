"""``bayesim map --checkpoint``: a run that was cut off goes on, and says so."""

import json
import sys

import pytest

from bayesim.cli import main
from bayesim.solvers import PolyClean

FIELD = ("--npix", "64", "--cell", "3 arcsec", "--gap", "1e-8", "--no-report")


def run(*words, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bayesim", "map", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code or 0, capsys.readouterr().err


@pytest.mark.parametrize("level", [("--alpha", "0.02"), ("--threshold", "4")])
def test_a_run_that_was_cut_off_goes_on(level, observation, tmp_path, monkeypatch, capsys):
    file, words = tmp_path / "sky.npz", (observation, *FIELD, *level)
    tools = {"monkeypatch": monkeypatch, "capsys": capsys}
    run(*words, "--out", tmp_path / "whole", **tools)
    with monkeypatch.context() as cut:
        cut.setattr(PolyClean, "_stopped", lambda _, history: "cut off" if len(history) == 2 else "")
        run(*words, "--out", tmp_path / "cut", "--checkpoint", file, **tools)
    # not converged: its results are written, and the file is still there to go on from
    assert file.exists()
    code, said = run(*words, "--out", tmp_path / "resumed", "--checkpoint", file, **tools)
    assert code == 0
    assert "going on from" in said
    assert not file.exists()
    whole, resumed = (json.loads((tmp_path / name / "summary.json").read_text()) for name in ("whole", "resumed"))
    assert resumed["converged"]
    assert resumed["cycles"] < whole["cycles"] or level[0] == "--threshold"
    assert resumed["objective"] == pytest.approx(whole["objective"], rel=1e-6)
    assert resumed["sources"] == whole["sources"]


def test_a_checkpoint_of_another_solve_is_refused_in_one_sentence(observation, tmp_path, monkeypatch, capsys):
    file, tools = tmp_path / "sky.npz", {"monkeypatch": monkeypatch, "capsys": capsys}
    with monkeypatch.context() as cut:
        cut.setattr(PolyClean, "_stopped", lambda _, history: "cut off" if len(history) == 2 else "")
        run(observation, *FIELD, "--alpha", "0.02", "--out", tmp_path / "cut", "--checkpoint", file, **tools)
    words = (observation, *FIELD, "--alpha", "0.05", "--out", tmp_path / "other", "--checkpoint", file)
    code, said = run(*words, **tools)
    assert code == 1
    assert "made at lambda" in said
    assert "Traceback" not in said
    assert not (tmp_path / "other").exists()
