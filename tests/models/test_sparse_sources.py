"""A sparse field of sources: slopes are right where chains start, and the story finds what it simulates."""

import json
import sys

import numpy as np
import pytest

from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.samplers._first_point import FirstPoint
from bayesim.sky import Grid
from bayesim.solvers import PolyClean
from models import sparse_sources


def test_slopes_are_right_where_chains_start():
    vis = sparse_sources.simulated(1)
    statistics = measure(vis, Grid(16, cell=sparse_sources.CELL))
    mode = PolyClean().solve(Coplanar(statistics), PositiveLaplace(4.0 / vis.sigma_image))
    model = sparse_sources.build(statistics, mode)
    assert model.named_vars_to_dims["image"] == ("m", "l")
    point = FirstPoint(model, sparse_sources.start(mode)).point(1)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(4)
    along = {name: 1e-3 * rng.standard_normal(np.shape(x)) for name, x in point.items()}
    ahead, behind = (value({name: x + s * along[name] for name, x in point.items()}) for s in (1e-3, -1e-3))
    exact = slope(point) @ np.concatenate([np.ravel(along[v.name]) for v in model.value_vars])
    assert (ahead - behind) / 2e-3 == pytest.approx(exact, rel=1e-4)
    assert value(point) > value(model.initial_point()) + 1000


@pytest.mark.slow
def test_the_story_converges_and_finds_every_source(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", "--out", str(tmp_path)])
    sparse_sources.main()
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary == json.loads(capsys.readouterr().out)
    assert summary["verdict"] == "converged"
    assert summary["sources"] == 8
    scale, flux = (summary["posterior"][name] for name in ("noise_scale", "flux"))
    assert abs(scale["mean"] - 1.0) < 4 * scale["sd"]
    # positive pixels add their share: the story says how much
    assert flux["mean"] - sum(0.7**k for k in range(8)) == pytest.approx(0.11, abs=4 * flux["sd"])
    assert {path.name for path in tmp_path.glob("*.png")} == {"mean.png", "sd.png"}
