"""A process along the radius: its covariance is that of a Matern process folded at the centre."""

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.priors import radial_covariance


def test_it_is_a_covariance_that_forgets():
    radius = np.linspace(0.0, 5.0, 26)
    covariance = radial_covariance(radius, length=0.5)
    np.testing.assert_array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    np.testing.assert_allclose(np.diag(covariance)[[0, -1]], [2.0, 1.0], atol=1e-6)
    assert covariance[-1, 0] < 1e-6
    np.testing.assert_allclose(radial_covariance(2.0 * radius, length=1.0), covariance, rtol=1e-12)


def test_functions_have_no_kink_at_the_centre():
    step = 1e-4
    covariance = radial_covariance([0.0, step, 1.0, 1.0 + step], length=0.7)
    # the variance of f(step) - f(0): step^2 for a slope, step^4 where the slope is zero
    rise = [covariance[i, i] + covariance[j, j] - 2 * covariance[i, j] for i, j in ((0, 1), (2, 3))]
    assert rise[0] < 1e-6 * rise[1]


def test_bad_numbers_are_refused():
    with pytest.raises(ModelError, match=r"length 0\.0"):
        radial_covariance([0.0, 1.0], length=0.0)
    for radius in ([-1.0, 1.0], [1.0, 1.0], [[1.0]], [np.nan]):
        with pytest.raises(ModelError, match="different radii"):
            radial_covariance(radius, length=1.0)
