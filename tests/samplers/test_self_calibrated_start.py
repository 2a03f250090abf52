"""Among trial skies the one that calibrates best starts the chain, with the phases that it calibrates by."""

import numpy as np
import pymc as pm
import pytest

from bayesim import data
from bayesim.errors import ModelError
from bayesim.likelihoods import StationGains, self_calibrated_phases
from bayesim.samplers import self_calibrated_start
from bayesim.samplers._first_point import FirstPoint
from bayesim.sources import AsTruth, Gaussian

UNIT = 1e-9
"""Radians: near the fringe of the longest baseline."""


def blob(*, flux, size):
    return Gaussian(flux, UNIT * size)


@pytest.fixture(scope="module")
def gains():
    """A Gaussian of 1 Jy that six stations resolve, seen through any phases in three scans."""
    truth = {"sources": [AsTruth(blob(flux=1.0, size=3.0))], "declination": 0.6, "hour_angles": [-0.6, 0.0, 0.6]}
    vis = data.observe(data.array("vlba"), **truth, frequency=5e9, sigma=0.01, seed=1)
    vis = vis.select((vis.antenna1 < 6) & (vis.antenna2 < 6), reason="six stations are enough")
    groups = data.by_scan(vis)
    return StationGains(data.uncalibrated(vis, groups, amplitude=0.05, seed=2), groups)


def test_the_trial_of_least_misfit_comes_with_its_own_phases(gains):
    trials = [{"flux": 1.0, "size": size} for size in (1.0, 2.0, 3.0, 4.5)]
    start = self_calibrated_start(gains, blob, trials, name="g", log_amplitude=-0.1)
    assert {name: float(start.values[name]) for name in ("flux", "size")} == {"flux": 1.0, "size": 3.0}
    vis = gains.vis
    seen = AsTruth(blob(**trials[2])).visibilities(vis.u, vis.v, vis.w)
    phases = np.delete(self_calibrated_phases(gains, seen), gains.place, axis=1)
    np.testing.assert_array_equal(start.values["g_phase"], phases)
    np.testing.assert_array_equal(start.values["g_log_amplitude"], np.full(gains.shape, -0.1))
    assert set(start.spread) == set(start.values)
    assert "of 4 skies" in start.rule


def test_the_start_fits_the_model_of_sky_and_gains(gains):
    start = self_calibrated_start(gains, blob, [{"flux": 1.0, "size": 3.0}])
    with pm.Model(coords=gains.coords) as model:
        pm.LogNormal("flux", 0.0, 1.0)
        pm.HalfNormal("size", 10.0)
        gains.independent("gain", amplitude=0.2, phase=3.0)
    first = FirstPoint(model, start)
    assert first.values["flux_log__"] == pytest.approx(0.0)
    np.testing.assert_array_equal(first.values["gain_phase"], start.values["gain_phase"])
    # chains begin on one hill: no phase is moved by more than a tenth of a radian
    assert np.abs(first.point(1)["gain_phase"] - start.values["gain_phase"]).max() < 0.1


def test_no_trial_is_refused(gains):
    with pytest.raises(ModelError, match="one at least"):
        self_calibrated_start(gains, blob, [])
