"""Evidence by sequential Monte Carlo against a closed form, and what is refused."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from bayesim.errors import ModelError
from bayesim.samplers.evidence import evidence


@pytest.mark.slow
def test_a_gaussian_model_has_a_known_evidence():
    rng = np.random.default_rng(1)
    design, sigma = rng.normal(size=(6, 3)), 0.7
    data = design @ rng.normal(size=3) + sigma * rng.normal(size=6)
    with pm.Model() as model:
        pm.Normal("y", pm.math.dot(design, pm.Normal("x", 0.0, 1.0, shape=3)), sigma, observed=data)
    found = evidence(model, seed=3, particles=1000)
    exact = stats.multivariate_normal(np.zeros(6), design @ design.T + sigma**2 * np.eye(6)).logpdf(data)
    assert 0 < found.error < 0.2
    assert found.log_evidence == pytest.approx(exact, abs=4 * max(found.error, 0.03))
    covariance = np.linalg.inv(np.eye(3) + design.T @ design / sigma**2)
    draws = found.draws["posterior"]["x"].values.reshape(-1, 3)
    np.testing.assert_allclose(draws.mean(axis=0), covariance @ design.T @ data / sigma**2, atol=0.15)
    assert len(found.runs) == 4
    assert found.draws.attrs["sampler"] == "SMC (PyMC)"
    assert f"{found.log_evidence:.2f}" in found.sentence


def test_one_run_has_no_error():
    with pm.Model() as model:
        pm.Normal("x")
    with pytest.raises(ModelError, match="runs less one 0"):
        evidence(model, seed=1, runs=1)
    with pytest.raises(ModelError, match="particles 0"):
        evidence(model, seed=1, particles=0)
