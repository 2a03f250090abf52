"""p-values of a right model are uniform, those of a model that lacks something are small."""

import numpy as np
import pytest
from scipy import stats

from bayesim.data import Visibilities
from bayesim.errors import DataError
from bayesim.maps import posterior_residual, whiteness
from bayesim.operators import measure
from bayesim.sky import Grid

GRID = Grid((10, 12), cell=1e-3)
SIGMA, SPREAD = 1.0, 0.4
"""Of each visibility's components, Jy, and of the pixels under the prior."""

MODEL = np.broadcast_to(np.arange(12) < 7, GRID.shape).ravel()
"""Pixels that the model knows: a source in the others is one that it lacks."""


def baselines(n=60):
    rng = np.random.default_rng(1)
    radius, angle = 330 * np.sqrt(rng.uniform(0.01, 1, n)), rng.uniform(0, np.pi, n)
    return radius * np.cos(angle), radius * np.sin(angle)


def matrix():
    u, v = baselines()
    phase = u[:, None, None] * GRID.l[None, None, :] + v[:, None, None] * GRID.m[None, :, None]
    return np.exp(-2j * np.pi * phase).reshape(u.size, -1)


def observed(data):
    u, v = baselines()
    n, antenna = u.size, np.zeros(u.size, dtype=np.int32)
    nothing = np.full(n, np.nan)
    return Visibilities(
        u,
        v,
        np.zeros(n),
        data,
        np.full(n, SIGMA**-2),
        antenna,
        antenna + 1,
        nothing,
        nothing,
        phase_centre=(1.0, 0.5),
    )


@pytest.fixture(scope="module")
def posterior():
    """Mean and root of the covariance of a Gaussian sky, by linear algebra."""
    a = matrix()[:, MODEL]
    real = np.concatenate([a.real, a.imag])
    precision = real.T @ real / SIGMA**2 + np.eye(MODEL.sum()) / SPREAD**2
    covariance = np.linalg.inv(precision)
    return a, covariance @ real.T / SIGMA**2, np.linalg.cholesky(covariance)


def chances(posterior, *, count, extra=None, of_mean=False):
    """p-values of fields whose sky comes from the prior, and ``extra`` besides."""
    a, gain, root = posterior
    rng, found = np.random.default_rng(5), []
    for seed in range(count):
        sky = SPREAD * rng.standard_normal(MODEL.sum())
        noise = SIGMA * rng.standard_normal((2, a.shape[0]))
        data = a @ sky + (0.0 if extra is None else matrix() @ extra) + noise[0] + 1j * noise[1]
        draw = gain @ np.concatenate([data.real, data.imag])
        if not of_mean:
            draw = draw + root @ rng.standard_normal(MODEL.sum())
        found.append(whiteness(observed(data), a @ draw, GRID, seed=seed, simulations=29).p_value)
    return np.array(found)


def test_p_values_of_a_right_model_are_uniform(posterior):
    found = chances(posterior, count=100)
    # ranks among 30 images: shifted to the middle of their steps
    assert stats.kstest(found - 0.5 / 30, "uniform").pvalue > 0.01
    assert np.mean(found <= 0.05) < 0.13


def test_a_posterior_mean_is_too_white_to_be_tested(posterior):
    """The negative control: the mean has fitted the noise."""
    found = chances(posterior, count=40, of_mean=True)
    assert stats.kstest(found - 0.5 / 30, "uniform").pvalue < 0.01


def test_a_source_that_the_model_lacks_is_found(posterior):
    missing = np.zeros(GRID.size)
    missing[5 * 12 + 10] = 1.5
    assert np.mean(chances(posterior, count=16, extra=missing) <= 0.05) >= 0.95


def test_the_parts_say_what_is_wrong():
    """A source that the model lacks at all is a peak at its place."""
    a, rng = matrix(), np.random.default_rng(2)
    sky = np.zeros(GRID.size)
    sky[3 * 12 + 7] = 2.0
    noise = SIGMA * rng.standard_normal((2, a.shape[0]))
    found = whiteness(observed(a @ sky + noise[0] + 1j * noise[1]), np.zeros(a.shape[0], complex), GRID, seed=1)
    assert found.p_value <= 0.02
    assert found.parts["peak"] == found.p_value == 1 / 200
    assert np.unravel_index(np.abs(found.residual).argmax(), GRID.shape) == (3, 7)
    assert found.power.max() > found.high.max()
    assert found.simulations == 199


def test_the_noise_scale_of_the_draw_counts():
    rng, n = np.random.default_rng(3), baselines()[0].size
    noise = 3.0 * SIGMA * (rng.standard_normal(n) + 1j * rng.standard_normal(n))
    zero = np.zeros(n, complex)
    right = whiteness(observed(noise), zero, GRID, seed=1, noise_scale=3.0)
    assert right.p_value > 0.02
    assert whiteness(observed(noise), zero, GRID, seed=1).parts["spread"] < 0.02
    assert right.spread == pytest.approx(1.0, abs=0.3)


def test_the_residual_of_the_mean_is_that_of_the_statistics():
    rng, n = np.random.default_rng(4), baselines()[0].size
    data = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    predicted = rng.standard_normal((5, n)) * (1 + 2j)
    found = posterior_residual(observed(data), predicted.mean(axis=0), GRID, draws=5)
    known = measure(observed(data - predicted.mean(axis=0)), GRID)
    np.testing.assert_allclose(found.values, known.dirty / known.sum_weight, atol=1e-8)
    assert found.unit == "Jy/beam"
    assert found.signed
    assert "mean of 5 posterior draws" in found.label


def test_what_does_not_fit_is_refused():
    vis, n = observed(np.zeros(60, complex)), 60
    with pytest.raises(DataError, match="shape"):
        whiteness(vis, np.zeros(n - 1, complex), GRID, seed=1)
    with pytest.raises(DataError, match="at least 19"):
        whiteness(vis, np.zeros(n, complex), GRID, seed=1, simulations=5)
    with pytest.raises(DataError, match="average draws"):
        posterior_residual(vis, np.zeros((2, n), complex), GRID, draws=2)
