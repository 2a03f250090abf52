"""Student-t visibilities: the Gaussian in the limit, normalised in the plane, and outliers that do not pull."""

import numpy as np
import pymc as pm
import pytest

from bayesim.data import from_arrays
from bayesim.likelihoods import ComplexGaussian, StudentT
from bayesim.sources import UniformDisk
from bayesim.testing import check_likelihood

SIZE = 4e-5


def vis(n=30):
    rng = np.random.default_rng(1)
    u, v = rng.uniform(-3e4, 3e4, (2, n))
    data = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    return from_arrays(u, v, data, sigma=rng.uniform(0.1, 0.3, n))


def log_density(likelihood, **options):
    with pm.Model(coords=likelihood.coords) as model:
        seen = UniformDisk(1.0, SIZE).visibility(*likelihood.baselines)
        likelihood.observe("visibilities", seen, **options)
    return float(model.compile_logp(mode="FAST_COMPILE")({}))


def test_many_degrees_of_freedom_are_the_gaussian():
    gaussian = log_density(ComplexGaussian(vis()), noise_scale=1.3)
    assert log_density(StudentT(vis()), noise_scale=1.3, degrees_of_freedom=1e9) == pytest.approx(gaussian, rel=1e-5)


@pytest.mark.parametrize("nu", [2.0, 5.0])
def test_the_density_integrates_to_one_over_the_plane(nu):
    n = 40
    nodes, weights = np.polynomial.legendre.leggauss(n)
    angle = (nodes + 1) * np.pi / 4
    radius = np.tan(angle)  # reaches infinity, where the tails are
    likelihood = StudentT(from_arrays(np.arange(n) + 1.0, np.zeros(n), 1.0 + radius + 0j, sigma=np.full(n, 0.5)))
    with pm.Model(coords=likelihood.coords) as model:
        seen = np.stack([np.ones(n), np.zeros(n)])
        likelihood.observe("visibilities", seen, noise_scale=2.0, degrees_of_freedom=nu)
    (found,) = model.compile_fn(model.logp(sum=False), mode="FAST_COMPILE")({})
    ring = 2 * np.pi * radius / np.cos(angle) ** 2 * np.pi / 4 * weights
    assert np.sum(ring * np.exp(found.sum(axis=0))) == pytest.approx(1.0, abs=1e-3)


def test_the_likelihood_keeps_its_contract():
    likelihood = StudentT(vis())

    def observe(diameter, scale, nu):
        seen = UniformDisk(1.0, diameter).visibility(*likelihood.baselines)
        return likelihood.observe("visibilities", seen, noise_scale=scale, degrees_of_freedom=nu)

    check_likelihood(likelihood.coords, observe, {"diameter": SIZE, "scale": 1.4, "nu": 4.0}, seed=2)


def test_one_wild_visibility_costs_a_logarithm_instead_of_a_square():
    data = vis()
    wild = from_arrays(data.u, data.v, np.where(np.arange(30) == 3, 1e3, data.data), weight=data.weight)
    fall = {leaf: log_density(leaf(data), **o) - log_density(leaf(wild), **o) for leaf, o in OPTIONS.items()}
    assert fall[ComplexGaussian] > 1e6
    assert 10 < fall[StudentT] < 100


OPTIONS = {ComplexGaussian: {}, StudentT: {"degrees_of_freedom": 4.0}}
