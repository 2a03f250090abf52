"""Channels that share noise: the correlation from its definition, the density against the dense one, draws."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad
from scipy import stats
from scipy.linalg import toeplitz

from bayesim.data import Spectra, from_arrays
from bayesim.errors import ModelError
from bayesim.likelihoods import ChannelGaussian, ComplexGaussian, hann_correlation
from bayesim.likelihoods._banded import BandedSolve, solve, solve_transposed
from bayesim.sources import Gaussian
from bayesim.testing import check_likelihood

CHANNELS, ROWS = 7, 4


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(2)
    n = CHANNELS * ROWS
    u, v = rng.uniform(-2e4, 2e4, (2, n))
    data = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    return Spectra(from_arrays(u, v, data, sigma=rng.uniform(0.5, 2.0, n)), CHANNELS)


@pytest.mark.parametrize("averaged", [1, 2, 3, 4])
def test_the_correlation_is_that_of_smoothed_and_averaged_channels(averaged):
    fine, n = 60, 60 // averaged - 2
    smooth = toeplitz([0.5, 0.25, *np.zeros(fine - 2)])
    mean = np.kron(np.eye(fine // averaged), np.full((1, averaged), 1 / averaged))
    covariance = (mean @ smooth @ smooth.T @ mean.T)[1 : n + 1, 1 : n + 1]
    expected = covariance[n // 2] / covariance[n // 2, n // 2]
    lags = hann_correlation(averaged=averaged)
    padded = np.zeros(n)
    padded[: min(n, lags.size)] = lags[:n]
    np.testing.assert_allclose(toeplitz(padded)[n // 2], expected, atol=1e-14)


def test_known_values():
    np.testing.assert_allclose(hann_correlation(), [1, 2 / 3, 1 / 6])
    np.testing.assert_allclose(hann_correlation(averaged=2)[:2], [1, 0.3])
    with pytest.raises(ModelError, match="at least 1"):
        hann_correlation(averaged=0)


@pytest.mark.parametrize("averaged", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 0.4])
def test_the_density_is_the_dense_one(table, averaged, scale):
    lags = hann_correlation(averaged=averaged)
    likelihood = ChannelGaussian(table, lags)
    with pm.Model(coords=likelihood.coords) as model:
        seen = Gaussian(1.0, 3e-5).visibility(*likelihood.baselines)
        likelihood.observe("spectra", seen, noise_scale=scale)
    vis = table.vis
    mean = np.exp(-((np.pi * 3e-5) ** 2) * (vis.u**2 + vis.v**2) / (4 * np.log(2)))
    correlation = toeplitz([*lags, *np.zeros(CHANNELS)][:CHANNELS])
    sigma, expected = scale * vis.weight.reshape(CHANNELS, ROWS) ** -0.5, 0.0
    for part, value in ((vis.data.real, mean), (vis.data.imag, 0 * mean)):
        residual = (part - value).reshape(CHANNELS, ROWS)
        for r in range(ROWS):
            dense = correlation * np.outer(sigma[:, r], sigma[:, r])
            expected += stats.multivariate_normal(np.zeros(CHANNELS), dense).logpdf(residual[:, r])
    assert model.compile_logp(mode="FAST_COMPILE")({}) == pytest.approx(expected, rel=1e-10)


def test_without_correlation_it_is_the_complex_gaussian(table):
    found = []
    for likelihood in (ChannelGaussian(table, np.ones(1)), ComplexGaussian(table.vis)):
        with pm.Model(coords=likelihood.coords) as model:
            likelihood.observe("v", np.ones((2, CHANNELS * ROWS)), noise_scale=1.3)
        found.append(float(model.compile_logp(mode="FAST_COMPILE")({})))
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_the_likelihood_keeps_its_contract(table):
    likelihood = ChannelGaussian(table, hann_correlation())

    def observe(flux, diameter, scale):
        return likelihood.observe(
            "spectra", Gaussian(flux, 1e-5 * diameter).visibility(*likelihood.baselines), noise_scale=scale
        )

    check_likelihood(likelihood.coords, observe, {"flux": 2.0, "diameter": 3.0, "scale": 1.4}, seed=3)


def test_draws_have_the_covariance(table):
    likelihood = ChannelGaussian(table, hann_correlation())
    with pm.Model(coords=likelihood.coords):
        variable = likelihood.observe("spectra", np.zeros((2, CHANNELS * ROWS)), noise_scale=2.0)
    draws = pm.draw(variable, draws=3000, random_seed=1, mode="FAST_COMPILE").reshape(3000, 2, CHANNELS, ROWS)
    pulls = draws * table.vis.weight.reshape(CHANNELS, ROWS) ** 0.5 / 2.0
    found = np.einsum("dckr,dcjr->kj", pulls, pulls) / (3000 * 2 * ROWS)
    np.testing.assert_allclose(found, toeplitz([1, 2 / 3, 1 / 6, 0, 0, 0, 0]), atol=0.04)


def test_what_is_no_correlation_is_refused(table):
    with pytest.raises(ModelError, match="begins with 1"):
        ChannelGaussian(table, np.array([2.0, 1.0]))
    with pytest.raises(ModelError, match="not positive definite"):
        ChannelGaussian(table, np.array([1.0, 0.9]))
    likelihood = ChannelGaussian(table, hann_correlation())
    assert likelihood.label == ("Gaussian likelihood of 4 spectra of 7 channels, noise correlated over 2 neighbours")


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("mode", ["FAST_COMPILE", "NUMBA"])
def test_the_banded_solve_is_the_dense_one(transposed, mode):
    rng = np.random.default_rng(4)
    dense = np.tril(rng.standard_normal((6, 6))) + 4 * np.eye(6)
    dense = np.triu(dense, -2)
    band = np.array([[dense[k + j, k] if k + j < 6 else 0.0 for k in range(6)] for j in range(3)])
    value = rng.standard_normal((6, 5))
    expected = np.linalg.solve(dense.T if transposed else dense, value)
    np.testing.assert_allclose((solve_transposed if transposed else solve)(value, band), expected, rtol=1e-12)
    x = pt.dmatrix("x")
    result = BandedSolve(transposed=transposed)(x, pytensor.shared(band))
    np.testing.assert_allclose(pytensor.function([x], result, mode=mode)(value), expected, rtol=1e-12)
    op = BandedSolve(transposed=transposed)
    verify_grad(lambda y: op(y, pt.constant(band)), [value], rng=rng, mode="FAST_COMPILE")
    tangent = pt.dmatrix("tangent")
    (along,) = pytensor.gradient.pushforward([op(x, pt.constant(band))], [x], [tangent])
    function = pytensor.function([x, tangent], along, mode="FAST_COMPILE", on_unused_input="ignore")
    np.testing.assert_allclose(function(value, value), expected, rtol=1e-12)
    with pytest.raises(TypeError, match="two float64 matrices"):
        op(pt.dvector("x"), pt.constant(band))
