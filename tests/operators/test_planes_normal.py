"""Predicted gradients against a pass through the data."""

import numpy as np
import pytest

from bayesim.operators._planes import Box, Planes
from bayesim.operators._planes_normal import PlanesNormal


@pytest.mark.parametrize("w", [0.0, 60.0, 500.0])
@pytest.mark.parametrize("tolerance", [1e-3, 1e-5])
def test_a_prediction_is_the_pass_through_the_data(tolerance, w):
    rng = np.random.default_rng(5)
    n, k = 3000, 50
    box = Box((-0.05, 0.05), (-0.04, 0.06), (-0.004, 0.0))
    u, v, w = rng.normal(0, 150, n), rng.normal(0, 200, n), rng.uniform(-1, 1, n) * w
    weight = rng.uniform(0.5, 2.0, n)
    sky = *(rng.uniform(*sides, k) for sides in box), rng.normal(0, 1, k)
    planes = Planes(u, v, w, box, tolerance=tolerance, threads=2)
    exact = planes.adjoint(weight * planes.forward(*sky))
    found = PlanesNormal(planes, weight)(planes.deposited(*sky))
    places = tuple(rng.uniform(*sides, 200) for sides in box)
    truth = planes.at(exact, *places)
    error = planes.at(found, *places) - truth
    assert np.abs(truth).max() > 0.1 * weight.sum()
    assert np.abs(error).max() <= tolerance * weight.sum() * np.abs(sky[3]).sum()
