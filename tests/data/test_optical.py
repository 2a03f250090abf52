"""A simulated optical observation holds the sky's own squared visibilities and closure phases."""

import numpy as np
import pytest

from bayesim.data import PointSource, observe_optical
from bayesim.errors import DataError

PLACES = np.random.default_rng(1).uniform(-50, 50, (5, 4, 2))
STAR = PointSource(1.0, l=2e-8, m=-1e-8)


class Pair:
    """Two points, whose closure phases are not zero."""

    peak = 1.0

    def visibilities(self, u, v, w):
        return 0.7 * PointSource(1.0, 0.0, 0.0).visibilities(u, v, w) + 0.3 * STAR.visibilities(u, v, w)


def test_without_noise_it_is_the_sky():
    seen = observe_optical(Pair(), telescopes=PLACES, wavelength=1.6e-6, v2_error=0.01, noise_scale=0.0, seed=1)
    model = Pair().visibilities(seen.v2.u, seen.v2.v, 0 * seen.v2.u)
    np.testing.assert_allclose(seen.v2.value, np.abs(model) ** 2, rtol=1e-12)
    assert len(seen.v2) == 5 * 6
    closures = seen.closure_phase
    assert len(closures) == 5 * 4
    around = np.prod(np.where(closures.sign > 0, model[closures.index], model[closures.index].conj()), axis=1)
    np.testing.assert_allclose(closures.value, np.angle(around), atol=1e-12)
    # a triangle closes: its baselines add up to nothing
    assert np.abs((closures.sign * closures.u[closures.index]).sum(axis=1)).max() < 1e-6
    # from the first to the second telescope, in wavelengths
    assert seen.v2.u[0] == pytest.approx((PLACES[0, 1, 0] - PLACES[0, 0, 0]) / 1.6e-6)


def test_errors_are_larger_than_claimed_by_the_noise_scale():
    places = np.random.default_rng(2).uniform(-50, 50, (300, 4, 2))
    seen = observe_optical(STAR, telescopes=places, wavelength=1.6e-6, v2_error=0.01, noise_scale=3.0, seed=1)
    assert np.std((seen.v2.value - 1.0) / seen.v2.sigma) == pytest.approx(3.0, rel=0.1)
    assert np.std(seen.closure_phase.value / seen.closure_phase.sigma) == pytest.approx(3.0, rel=0.1)
    assert len(seen.t3amp) == len(seen.phase) == 0


def test_two_telescopes_are_too_few():
    with pytest.raises(DataError, match="3 or more"):
        observe_optical(STAR, telescopes=PLACES[:, :2], wavelength=1e-6, v2_error=0.01, seed=1)
