"""Amplitudes and phases per baseline: against SciPy's densities, on the circle."""

import numpy as np
import pymc as pm
import pytensor
import pytest
from scipy import stats

from bayesim.data import PerBaseline
from bayesim.errors import ModelError
from bayesim.likelihoods import VisibilityAmplitude, VisibilityPhase


def data(value, sigma):
    n = len(value)
    nan = np.full(n, np.nan)
    return PerBaseline(np.asarray(value), np.full(n, sigma), np.ones(n), np.ones(n), nan, nan, np.full((n, 2), -1))


def density(likelihood, model, **options):
    with pm.Model(coords=likelihood.coords):
        variable = likelihood.observe("v", model, **options)
    value = variable.type()
    return pytensor.function([value], pm.logp(variable, value), mode="FAST_COMPILE")


def test_amplitudes_are_normal_with_scale_and_floor():
    measured = np.array([0.9, 0.4])
    likelihood = VisibilityAmplitude(data(measured, 0.1))
    model = np.array([[0.6, -0.3], [0.8, 0.4]])
    found = density(likelihood, model, noise_scale=2.0, floor=0.3)(measured)
    spread = np.sqrt(0.2**2 + (0.3 * np.array([1.0, 0.5])) ** 2)
    np.testing.assert_allclose(found, stats.norm([1.0, 0.5], spread).logpdf(measured), rtol=1e-12)


@pytest.mark.parametrize("sigma", [0.02, 0.7, 2.5])
def test_phases_are_normalised_on_the_circle(sigma):
    n = 2000
    phases = (np.arange(n) + 0.5) / n * 2 * np.pi - np.pi
    found = density(VisibilityPhase(data(phases, sigma)), np.stack([np.zeros(n), np.ones(n)]))(phases)
    assert np.exp(found).sum() * 2 * np.pi / n == pytest.approx(1.0, abs=1e-9)
    assert phases[np.argmax(found)] == pytest.approx(np.pi / 2, abs=2e-3)
    near = np.abs(phases - np.pi / 2) < 0.1
    if sigma < 0.1:
        np.testing.assert_allclose(found[near], stats.norm(np.pi / 2, sigma).logpdf(phases[near]), rtol=1e-9)


def test_drawn_phases_are_within_half_a_turn():
    likelihood = VisibilityPhase(data(np.zeros(500), 2.0))
    with pm.Model(coords=likelihood.coords):
        drawn = pm.draw(
            likelihood.observe("v", np.stack([-np.ones(500), np.full(500, 0.1)])), random_seed=1, mode="FAST_COMPILE"
        )
    assert np.abs(drawn).max() <= np.pi
    assert stats.circmean(drawn) % (2 * np.pi) == pytest.approx(np.pi - 0.1, abs=1.0)


def test_nothing_is_no_datum():
    with pytest.raises(ModelError, match="there is no visibility_amplitude"):
        VisibilityAmplitude(data([], 0.1))
    with pytest.raises(ModelError, match="there is no visibility_phase"):
        VisibilityPhase(data([], 0.1))
