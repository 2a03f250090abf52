"""The story of a spectral cube: noise that neighbours share, and a model whose slopes are right."""

import json
import sys

import numpy as np
import pytest

from bayesim.data import spectra
from bayesim.errors import ModelError
from bayesim.sky import Grid
from models import spectral_cube


def test_a_cube_has_a_right_slope():
    table = spectra(spectral_cube.simulated(1))
    grid = Grid(4, cell=1.0 / (2.2 * table.vis.longest_baseline))
    model = spectral_cube.build(table, grid, level=0.05)
    assert model.named_vars_to_dims["cube"] == ("channel", "m", "l")
    logp = model.logp_dlogp_function(ravel_inputs=True, mode="FAST_COMPILE")
    logp.set_extra_values({})
    at = np.random.default_rng(1).standard_normal(2 + 4 * grid.size)
    along = np.random.default_rng(2).standard_normal(at.size)
    ahead, behind = (logp(at + s * along)[0] for s in (1e-6, -1e-6))
    assert (ahead - behind) / 2e-6 == pytest.approx(logp(at)[1] @ along, rel=1e-5)


def test_a_cube_has_noise_that_neighbours_share():
    vis = spectral_cube.simulated(1)
    count = spectra(vis).channels
    seen = np.array([spectral_cube.simulated(seed).data for seed in range(2, 22)])
    noise = (seen - np.mean(seen, axis=0)).reshape(20, count, -1)
    power = [np.mean(noise[:, : 4 - k] * noise[:, k:].conj()).real for k in range(4)]
    np.testing.assert_allclose(np.divide(power, power[0]), [1.0, 2 / 3, 1 / 6, 0.0], atol=0.04)
    assert power[0] * 20 / 19 == pytest.approx(2 / vis.weight[0], rel=0.04)


def test_a_cube_of_one_channel_is_refused():
    vis = spectral_cube.simulated(1)
    table = spectra(vis.select(vis.frequency == vis.frequency.min(), reason="one channel"))
    with pytest.raises(ModelError, match="1 channels: select 2 to 8"):
        spectral_cube.build(table, Grid(4, cell=2e-6), level=0.05)


@pytest.mark.slow
def test_a_cube_is_found(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.setattr(sys, "argv", ["story", "--out", str(tmp_path)])
    spectral_cube.main()
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["verdict"] == "converged"
    scale = summary["posterior"]["noise_scale"]
    assert abs(scale["mean"] - 1.0) < 4 * scale["sd"]
    line = summary["spectrum"]
    pull = (np.array(line["mean"]) - [0.6, 1.0, 1.0, 0.4]) / line["sd"]
    assert np.abs(pull).max() < 4
    assert all((tmp_path / f"{name}.png").stat().st_size > 20_000 for name in ("spectrum", "cube"))
