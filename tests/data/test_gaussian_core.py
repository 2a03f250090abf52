"""A Gaussian gives its own size and orientation back; a disk gives those of its second moments."""

import numpy as np
import pytest

from bayesim.data import GaussianSource, array, from_arrays, gaussian_core, observe
from bayesim.errors import DataError
from bayesim.sources import AsTruth, Inclined, UniformDisk

SEEN = {"declination": 0.6, "hour_angles": [-1.0, 0.2, 1.0], "frequency": 1.4e9}


@pytest.mark.parametrize("angle", [0.1, 1.2, 3.0])
def test_a_gaussian_is_found(angle):
    truth = GaussianSource(0.7, 0.0, 0.0, 9e-5, 4e-5, angle)
    core = gaussian_core(observe(array("vla.c"), sources=[truth], sigma=1e-9, seed=None, **SEEN), level=0.2)
    found = [core.flux, core.major, core.minor, core.position_angle]
    np.testing.assert_allclose(found, [0.7, 9e-5, 4e-5, angle], rtol=1e-6)
    assert core.l == core.m == 0.0


def test_a_disk_has_the_axes_of_its_second_moments_whatever_the_noise():
    truth = AsTruth(Inclined(UniformDisk(1.0, 1e-4), np.radians(60.0), np.radians(30.0)))
    vis = observe(array("vla.c"), sources=[truth], sigma=0.01, seed=3, **SEEN)
    core = gaussian_core(vis)
    assert core.minor / core.major == pytest.approx(0.5, abs=0.03)
    assert np.degrees(core.position_angle) == pytest.approx(30.0, abs=2.0)
    # the second moment of a disk is (diameter / 4)^2, of a Gaussian fwhm^2 / (8 ln 2)
    assert core.major == pytest.approx(1e-4 / 4 * (8 * np.log(2)) ** 0.5, rel=0.1)


def test_what_cannot_be_fitted_is_refused():
    u, v = np.array([[1e3, 2e3, 3e3, 4e3, 5e3], [5e3, -1e3, 2e3, -3e3, 4e3]])
    point = from_arrays(u, v, np.array([1.0, 1.01, 1.02, 1.03, 1.05 + 0j]), sigma=np.full(5, 0.1))
    with pytest.raises(DataError, match="not resolved"):
        gaussian_core(point)
    with pytest.raises(DataError, match="level 1"):
        gaussian_core(point, level=1.0)
    steep = from_arrays(u, v, np.array([1.0, 0.8, 0.9, 0.1, 0.7 + 0j]), sigma=np.full(5, 0.1))
    with pytest.raises(DataError, match=r"2 amplitudes before the first below 0\.5"):
        gaussian_core(steep)
