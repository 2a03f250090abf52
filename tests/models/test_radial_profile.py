"""A radial profile of any shape: the model has a right slope, and the story finds profile and orientation."""

import json
import sys

import numpy as np
import pytest

from bayesim.samplers import Start
from bayesim.samplers._first_point import FirstPoint
from models import radial_profile


def test_a_profile_starts_where_the_data_are_and_has_a_right_slope():
    vis = radial_profile.simulated(1)
    model = radial_profile.build(vis)
    point = FirstPoint(model, Start(jitter=0.0)).point(1)
    assert model.named_vars_to_dims["profile"] == ("radius",)
    density = model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    density.set_extra_values({})
    at = np.concatenate([value.ravel() for value in point.values()])
    along = 0.1 * np.random.default_rng(2).standard_normal(at.size)
    ahead, behind = (density(at + step * along)[0] for step in (1e-5, -1e-5))
    assert (ahead - behind) / 2e-5 == pytest.approx(density(at)[1] @ along, rel=1e-4)
    # the data are explained at once: the noise alone would leave -sum ln(2 pi sigma^2) - n
    noise = float(np.sum(np.log(vis.weight / (2.0 * np.pi)))) - len(vis)
    assert density(at)[0] > noise - 100.0


@pytest.mark.slow
def test_a_profile_and_its_orientation_are_found(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", "--out", str(tmp_path)])
    radial_profile.main()
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["verdict"] == "converged"
    for name, truth in {"inclination": 45.0, "position_angle": 60.0, "noise_scale": 1.0}.items():
        row = summary["posterior"][name]
        assert abs(row["mean"] - truth) < 4 * row["sd"], (name, row)
    profile, truth = summary["profile"], radial_profile.truth(radial_profile.KNOTS)
    pull = (np.array(profile["mean"]) - truth) / profile["sd"]
    assert np.abs(pull).max() < 3.5
    assert np.mean(np.abs(pull) < 2.0) > 0.8
    assert all((tmp_path / f"{name}.png").stat().st_size > 10_000 for name in ("profile", "disk"))
