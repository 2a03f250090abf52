"""Round coordinates of logarithms: a change of variables and nothing else, and the posterior is round in them."""

import numpy as np
import pymc as pm
import pytest

from bayesim.data import from_arrays
from bayesim.errors import ModelError
from bayesim.likelihoods import RoundLog

SIZE = 5
MEAN = np.linspace(0.5, -1.0, SIZE)
FACTOR = np.linalg.cholesky(0.5 * np.exp(-np.abs(np.subtract.outer(np.arange(SIZE), np.arange(SIZE))) / 2.0))


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(1)
    # neighbours look almost alike, as knots closer than a fringe do
    columns = np.exp(-0.3j * np.outer(rng.standard_normal(40), np.arange(SIZE)))
    noise = 0.05 * (rng.standard_normal(40) + 1j * rng.standard_normal(40))
    data = columns @ np.exp(MEAN) + noise
    vis = from_arrays(*rng.standard_normal((2, 40)), data, sigma=np.full(40, 0.05))
    return vis, columns, RoundLog(vis, columns, MEAN, FACTOR)


def density(vis, columns, x):
    left = vis.data - columns @ np.exp(MEAN + FACTOR @ x)
    return -0.5 * np.sum(vis.weight * np.abs(left) ** 2) - 0.5 * x @ x


def test_the_mode_is_the_mode(problem):
    vis, columns, turned = problem
    here = density(vis, columns, turned.mode)
    slope = [
        (density(vis, columns, turned.mode + step) - density(vis, columns, turned.mode - step)) / 2e-6
        for step in 1e-6 * turned.axes.T
    ]
    np.testing.assert_allclose(slope, 0.0, atol=1e-3)
    # a unit of every coordinate is one standard deviation, correlated with no other
    rng = np.random.default_rng(2)
    for z in rng.standard_normal((5, SIZE)):
        z *= 0.1 / np.linalg.norm(z)
        ends = [density(vis, columns, turned.mode + sign * turned.axes @ z) for sign in (1, -1)]
        assert here - np.mean(ends) == pytest.approx(0.5 * 0.1**2, rel=0.15)


def test_only_the_coordinates_change(problem):
    _, _, turned = problem
    with pm.Model() as plain:
        pm.Normal("x", 0.0, 1.3, shape=SIZE)
    with pm.Model() as changed:
        pm.Normal("x", 0.0, 1.3, shape=SIZE, transform=turned, initval=turned.mode)
    z = np.random.default_rng(3).standard_normal(SIZE)
    x = turned.mode + turned.axes @ z
    np.testing.assert_allclose(turned.forward(x).eval(), z, rtol=1e-9)
    np.testing.assert_allclose(turned.backward(z).eval(), x, rtol=1e-9)
    (name,) = changed.initial_point()
    np.testing.assert_allclose(changed.initial_point()[name], 0.0, atol=1e-9)
    of_x = plain.compile_logp(mode="FAST_COMPILE")({"x": x})
    of_z = changed.compile_logp(mode="FAST_COMPILE")({name: z})
    assert of_z - of_x == pytest.approx(np.linalg.slogdet(turned.axes)[1], rel=1e-9)


def test_parts_that_do_not_fit_are_refused(problem):
    vis, columns, _ = problem
    for wrong in ((columns[:, 1:], MEAN, FACTOR), (columns, MEAN, FACTOR[1:, 1:])):
        with pytest.raises(ModelError, match="40 visibilities and 5 logarithms"):
            RoundLog(vis, *wrong)
