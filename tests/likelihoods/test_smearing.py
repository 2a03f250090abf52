"""Means over channels and integrations: against the sinc, against many explicit moments, and through every sky."""

import numpy as np
import pymc as pm
import pytensor
import pytest
from pytensor.compile.mode import Mode

from bayesim.data import PointSource, array, from_arrays, observe
from bayesim.errors import ModelError
from bayesim.likelihoods import ComplexGaussian, PerVisibility, log_normaliser, smearing
from bayesim.operators import Dft
from bayesim.sky import Grid
from bayesim.sources import Offset, Point

L, M = 4e-3, -3e-3
BANDWIDTH = 5e6
FREQUENCY = 1.4e9
SIDEREAL = 0.997_269_566 * 86400


@pytest.fixture(scope="module")
def vis():
    full = observe(
        array("vla.b"),
        sources=[PointSource(1.0, L, M)],
        declination=0.6,
        hour_angles=[-1.0, 0.7],
        frequency=FREQUENCY,
        sigma=0.1,
        seed=None,
    )
    return full.select(np.arange(len(full)) % 9 == 0, reason="thinned")


def value_of(variable):
    real, imag = pytensor.function([], variable, mode=Mode(linker="py", optimizer=None))()
    return real + 1j * imag


def test_a_point_loses_the_sinc_of_its_turns_across_the_channel(vis):
    smeared = smearing(vis, bandwidth=BANDWIDTH, samples=6)
    found = value_of(smeared.mean(Offset(Point(1.0), l=L, m=M).visibility(*smeared.baselines)))
    turns = vis.u * L + vis.v * M + vis.w * (np.sqrt(1 - L**2 - M**2) - 1)
    across = turns * BANDWIDTH / FREQUENCY
    np.testing.assert_allclose(found, np.sinc(across) * np.exp(-2j * np.pi * turns), atol=1e-9)
    assert np.abs(across).max() > 0.3
    assert smeared.label == "the model is a mean over channels of up to 5 MHz, 6 samples"


def test_both_means_are_those_of_many_moments_and_frequencies(vis):
    """The referee observes the source again at 61 moments in 61 sub-channels and takes the mean."""
    seconds, fine = 30.0, 61
    smeared = smearing(vis, bandwidth=BANDWIDTH, integration=seconds, samples=6)
    found = value_of(smeared.mean(Offset(Point(1.0), l=L, m=M).visibility(*smeared.baselines)))
    place = (np.arange(fine) + 0.5) / fine - 0.5
    expected = np.zeros(len(vis), dtype=complex)
    for hour in place * seconds / SIDEREAL * 2 * np.pi:
        hours = np.array([-1.0, 0.7]) + hour
        sky = {"declination": 0.6, "hour_angles": hours, "frequency": FREQUENCY, "sigma": 0.1, "seed": None}
        full = observe(array("vla.b"), **sky)
        uvw = full.select(np.arange(len(full)) % 9 == 0, reason="thinned").uvw.T
        for shift in place * BANDWIDTH:
            expected += PointSource(1.0, L, M).visibilities(*(1 + shift / FREQUENCY) * uvw) / fine**2
    # a midpoint sum of the referee is off by about (turns / 61)^2
    np.testing.assert_allclose(found, expected, atol=5e-4)
    assert np.abs(found - PointSource(1.0, L, M).visibilities(*vis.uvw.T)).max() > 0.25
    assert "integrations of up to 30 s, 36 samples" in smeared.label


def test_an_image_is_smeared_by_the_operator(vis):
    grid = Grid(8, cell=1e-3)
    image = np.random.default_rng(3).exponential(1.0, grid.shape)
    smeared = smearing(vis, bandwidth=BANDWIDTH, samples=3)
    likelihood = PerVisibility(vis, grid, smearing=smeared)
    with pm.Model(coords=likelihood.coords) as model:
        likelihood.observe("visibilities", pm.Flat("image", dims=("m", "l")))
    exact = Dft.on_grid(smeared.u, smeared.v, None, grid).forward(image).reshape(3, -1)
    pull = vis.data - smeared.weight @ exact
    expected = log_normaliser(vis.weight) - 0.5 * np.sum(vis.weight * np.abs(pull) ** 2)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    assert value({"image": image}) == pytest.approx(expected, rel=1e-10)
    along = np.random.default_rng(4).standard_normal(grid.shape)
    ahead, behind = (value({"image": image + s * along}) for s in (1e-5, -1e-5))
    assert slope({"image": image}) @ along.ravel() == pytest.approx((ahead - behind) / 2e-5, rel=1e-6)
    assert "mean over channels" in likelihood.label


def test_a_smeared_source_has_right_slopes(vis):
    smeared, likelihood = smearing(vis, bandwidth=BANDWIDTH), ComplexGaussian(vis)
    with pm.Model(coords=likelihood.coords) as model:
        l, m = pm.Flat("l"), pm.Flat("m")
        likelihood.observe("v", smeared.mean(Offset(Point(1.0), l=l, m=m).visibility(*smeared.baselines)))
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    point = {"l": 1.001 * L, "m": 0.998 * M}
    for index, name in enumerate(point):
        ahead, behind = (value({**point, name: point[name] + s}) for s in (1e-9, -1e-9))
        assert slope(point)[index] == pytest.approx((ahead - behind) / 2e-9, rel=1e-6)


def test_what_cannot_be_smeared_is_refused(vis):
    blank = from_arrays([1.0, 2.0], [1.0, 0.0], np.ones(2, dtype=complex), weight=1.0)
    with pytest.raises(ModelError, match="frequency of every visibility"):
        smearing(blank, bandwidth=1e6)
    with pytest.raises(ModelError, match="phase centre"):
        smearing(blank, integration=10.0)
    with pytest.raises(ModelError, match="nothing to average"):
        smearing(vis)
    with pytest.raises(ModelError, match="2 or more"):
        smearing(vis, bandwidth=1e6, samples=1)
    with pytest.raises(ModelError, match="0 or more"):
        smearing(vis, bandwidth=-1e6)
    with pytest.raises(ModelError, match="make it anew"):
        PerVisibility(blank, Grid(4, cell=1e-3), smearing=smearing(vis, bandwidth=1e6))
