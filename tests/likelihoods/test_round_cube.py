"""Round coordinates: the map is what its Jacobian says, and Gaussian posteriors become unit ones."""

import numpy as np
import pytensor
import pytest
from scipy.linalg import toeplitz

from bayesim.data import Spectra, from_arrays
from bayesim.errors import ModelError
from bayesim.likelihoods import ChannelGaussian, RoundCube, hann_correlation

LEVEL = 0.3


@pytest.fixture(scope="module")
def case():
    """Three channels of four pixels, the same five baselines and weights in each."""
    rng = np.random.default_rng(1)
    columns = np.tile(np.exp(2j * np.pi * rng.uniform(size=(5, 4))), (3, 1, 1))
    weight, u = np.tile(rng.uniform(1.0, 50.0, 5), 3), np.tile(rng.uniform(10.0, 99.0, 5), 3)
    vis = from_arrays(u, u[::-1].copy(), np.arange(15) + 1j, sigma=weight**-0.5)
    likelihood = ChannelGaussian(Spectra(vis, 3), hann_correlation())
    return likelihood, columns, RoundCube(likelihood, columns, level=LEVEL)


def evaluated(x):
    return pytensor.function([], x, mode="FAST_COMPILE")()


def matrix_of(transform):
    cubes = np.eye(12).reshape(12, 3, 2, 2)
    return np.array([evaluated(transform.backward(pytensor.shared(z))).ravel() for z in cubes]).T


def test_forward_undoes_backward_and_the_volume_is_right(case):
    transform = case[2]
    z = np.random.default_rng(2).standard_normal((3, 2, 2))
    back = evaluated(transform.forward(transform.backward(pytensor.shared(z))))
    np.testing.assert_allclose(back, z, atol=1e-12)
    volume = evaluated(transform.log_jac_det(pytensor.shared(z)))
    assert volume == pytest.approx(np.linalg.slogdet(matrix_of(transform))[1], abs=1e-10)


def test_a_gaussian_posterior_becomes_round(case):
    likelihood, columns, transform = case
    weight = likelihood.spectra.vis.weight.reshape(3, 5, 1)
    white = columns * weight**0.5
    gram = (white[0].conj().T @ white[0]).real
    steps = np.diff(np.eye(3), axis=0)
    prior = (8.0 * steps.T @ steps + np.full((3, 3), 1 / 9)) / LEVEL**2
    noise = toeplitz(hann_correlation())
    precision = np.kron(np.linalg.inv(noise), gram) + np.kron(prior, np.eye(4))
    map_ = matrix_of(transform)
    np.testing.assert_allclose(map_.T @ precision @ map_, np.eye(12), atol=1e-9)


def test_what_does_not_fit_is_refused(case):
    likelihood, columns, _ = case
    with pytest.raises(ModelError, match=r"columns of shape \(2, 5, 4\) for 3 channels of 5 rows"):
        RoundCube(likelihood, columns[:2], level=LEVEL)
    with pytest.raises(ModelError, match=r"level 0\.0 Jy/pixel must be positive"):
        RoundCube(likelihood, columns, level=0.0)
