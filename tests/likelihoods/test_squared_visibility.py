"""Squared visibilities: constants, scores, a scale per group, a floor, and a star's diameter."""

import numpy as np
import pymc as pm
import pytest

from bayesim.data import PerBaseline
from bayesim.errors import ModelError
from bayesim.likelihoods import SquaredVisibility
from bayesim.sources import UniformDisk
from bayesim.testing import check_likelihood

SIZE = 4e-8


def data(n=40, sigma=0.01):
    rng = np.random.default_rng(1)
    u, v = rng.uniform(-3e7, 3e7, (2, n))
    nan = np.full(n, np.nan)
    value = rng.uniform(0, 1, n)
    return PerBaseline(value, np.full(n, sigma), u, v, nan, nan, np.full((n, 2), -1))


def model(likelihood, diameter, **options):
    return likelihood.observe("v2", UniformDisk(1.0, diameter).visibility(*likelihood.baselines), **options)


def test_log_density_is_that_of_independent_gaussians():
    likelihood = SquaredVisibility(data())
    scale = np.where(np.arange(40) < 20, 1.5, 3.0)
    with pm.Model(coords=likelihood.coords) as built:
        model(likelihood, SIZE, noise_scale=scale, floor=0.05)
    seen = pm.draw(UniformDisk(1.0, SIZE).visibility(*likelihood.baselines), mode="FAST_COMPILE")
    mean = (seen**2).sum(axis=0)
    variance = (scale * 0.01) ** 2 + (0.05 * mean) ** 2
    expected = -0.5 * ((data().value - mean) ** 2 / variance + np.log(2 * np.pi * variance)).sum()
    assert built.compile_logp(mode="FAST_COMPILE")({}) == pytest.approx(expected, rel=1e-12)


def test_the_likelihood_keeps_its_contract():
    likelihood = SquaredVisibility(data())
    check_likelihood(
        likelihood.coords,
        lambda diameter, scale, floor: model(likelihood, diameter, noise_scale=scale, floor=floor),
        {"diameter": SIZE, "scale": 1.7, "floor": 0.05},
        seed=2,
    )


def test_nothing_is_no_datum():
    with pytest.raises(ModelError, match="no squared_visibility"):
        SquaredVisibility(data(n=0))
