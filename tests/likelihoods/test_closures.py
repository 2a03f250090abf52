"""Closure phases and log closure amplitudes: normalised on the circle, right covariance, right slopes and draws."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from bayesim.data import Closures
from bayesim.errors import DataError, ModelError
from bayesim.likelihoods import ClosurePhase, LogClosureAmplitude
from bayesim.sources import Binary
from bayesim.testing import check_likelihood

MAS = np.radians(1 / 3.6e6)
LEGS = {ClosurePhase: 3, LogClosureAmplitude: 4}


def loops(covariance, *, legs=3, value=None, seed=0):
    """Return closures of random baselines, all of them sharing noise as the covariance says."""
    rng = np.random.default_rng(seed)
    n = len(covariance)
    u, v = rng.uniform(-5e7, 5e7, (2, n * legs))
    inverse = np.linalg.inv(np.linalg.cholesky(covariance))
    # padded to one width, the own term last
    partner = np.array([[*range(i), *[i] * (n - 1 - i), i] for i in range(n)])
    whitening = np.array([[*inverse[i, :i], *[0.0] * (n - 1 - i), inverse[i, i]] for i in range(n)])
    sign = np.tile([1.0, 1.0, -1.0, -1.0][:legs] if legs == 4 else [1.0, 1.0, 1.0], (n, 1))
    nan = np.full(n, np.nan)
    return Closures(
        value=rng.uniform(-1, 1, n) if value is None else value,
        sigma=np.sqrt(np.diag(covariance)),
        u=u,
        v=v,
        index=np.arange(n * legs).reshape(n, legs),
        sign=sign,
        partner=partner,
        whitening=whitening,
        time=nan,
        frequency=nan,
        stations=np.full((n, legs), -1),
    )


def correlated(n=6, sigma=0.1):
    mix = np.random.default_rng(5).standard_normal((n, n)) + 2 * np.eye(n)
    return sigma**2 * mix @ mix.T


def density_of(likelihood, scale=1.0):
    """Return the log-density by what the data differ from the model; a point source has no closures."""
    with pm.Model(coords=likelihood.coords):
        ones = np.stack([np.ones(likelihood.data.u.size), np.zeros(likelihood.data.u.size)])
        variable = likelihood.observe("c", ones, noise_scale=scale)
    value = variable.type()
    return pytensor.function([value], pm.logp(variable, value), mode="FAST_COMPILE")


@pytest.mark.parametrize("leaf", LEGS)
@pytest.mark.parametrize("scale", [0.4, 1.0, 2.0])
def test_small_errors_have_the_multivariate_gaussian(leaf, scale):
    covariance = correlated(sigma=0.03)
    likelihood = leaf(loops(covariance, legs=LEGS[leaf]))
    residual = np.random.default_rng(1).multivariate_normal(np.zeros(6), covariance)
    found = density_of(likelihood, scale)(residual)
    assert found.shape == (6,)
    expected = stats.multivariate_normal(np.zeros(6), scale**2 * covariance).logpdf(residual)
    assert found.sum() == pytest.approx(expected, rel=1e-10)
    assert likelihood.data.correlated
    assert "covariance" in likelihood.label


@pytest.mark.parametrize("sigma", [0.02, 0.7, 2.5])
def test_closure_phases_are_normalised_on_the_circle_whatever_the_error(sigma):
    n = 2000
    phases = (np.arange(n) + 0.5) / n * 2 * np.pi - np.pi
    density = density_of(ClosurePhase(flat(phases, sigma)))
    assert np.exp(density(phases)).sum() * 2 * np.pi / n == pytest.approx(1.0, abs=1e-9)
    # one turn more is the same phase
    np.testing.assert_allclose(density(phases + 2 * np.pi), density(phases), atol=1e-6)


def flat(value, sigma):
    n = value.size
    nan = np.full(n, np.nan)
    arrays = {"time": nan, "frequency": nan, "stations": np.full((n, 3), -1), "sign": np.ones((n, 3))}
    own = {"partner": np.arange(n)[:, None], "whitening": np.full((n, 1), 1 / sigma)}
    return Closures(
        value, np.full(n, sigma), np.ones(3), np.ones(3), index=np.tile([0, 1, 2], (n, 1)), **own, **arrays
    )


def test_two_correlated_closure_phases_are_normalised_on_the_torus():
    likelihood = ClosurePhase(loops(np.array([[1.2, 0.9], [0.9, 1.0]])))
    phases = (np.arange(40) + 0.5) / 40 * 2 * np.pi - np.pi
    density = density_of(likelihood)
    total = sum(np.exp(density(np.array([x, y])).sum()) for x in phases for y in phases)
    assert total * (2 * np.pi / 40) ** 2 == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("leaf", LEGS)
@pytest.mark.parametrize("sigma", [0.03, 0.3])
def test_the_likelihood_keeps_its_contract(leaf, sigma):
    likelihood = leaf(loops(correlated(sigma=sigma), legs=LEGS[leaf]))

    def observe(separation, ratio, scale):
        source = Binary(1.0, flux_ratio=ratio, separation=separation * MAS, position_angle=0.4)
        return likelihood.observe("c", source.visibility(*likelihood.baselines), noise_scale=scale)

    # where errors come near a turn, draws are wrapped and the density is conditional on what was wrapped
    truth = {"separation": 3.0, "ratio": 0.4, "scale": 0.5}
    check_likelihood(likelihood.coords, observe, truth, seed=3)


def test_a_forgotten_constant_is_found():
    likelihood = LogClosureAmplitude(loops(correlated(), legs=4))

    def forgetful(value, mean, scale):
        return likelihood._log_density(value, mean, scale) + pt.log(scale)

    def observe(scale):
        return pm.CustomDist("c", np.zeros(6), scale, logp=forgetful, random=likelihood._draw)

    with pytest.raises(AssertionError, match="mean score of scale"):
        check_likelihood(likelihood.coords, observe, {"scale": 0.5}, seed=4)


def test_draws_have_the_covariance():
    covariance = correlated(sigma=0.02)
    likelihood = ClosurePhase(loops(covariance))
    with pm.Model(coords=likelihood.coords):
        ones = np.stack([np.ones(18), np.zeros(18)])
        draws = pm.draw(
            likelihood.observe("c", ones, noise_scale=2.0), draws=4000, random_seed=1, mode="FAST_COMPILE"
        )
    found = np.cov(draws.T)
    deviation = np.sqrt(np.diag(covariance))
    assert np.abs(found / 4 - covariance).max() < 0.08 * deviation.max() ** 2


def test_bad_closures_are_refused():
    good = loops(correlated())
    with pytest.raises(ModelError, match="no closure_phase"):
        ClosurePhase(flat(np.zeros(0), 1.0))
    with pytest.raises(DataError, match="must be positive"):
        Closures(**{**vars(good), "sigma": -good.sigma})
    with pytest.raises(DataError, match="sign has shape"):
        Closures(**{**vars(good), "sign": good.sign[:, :2]})
    with pytest.raises(DataError, match="NaN or infinite"):
        Closures(**{**vars(good), "value": np.full(6, np.nan)})
