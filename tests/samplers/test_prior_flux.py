"""The prior's range of the total flux against closed forms."""

import numpy as np
import pytest
from scipy import stats

from bayesim.errors import ModelError
from bayesim.priors import GammaRate, HalfCauchyRate
from bayesim.samplers import prior_total_flux

PROBABILITIES = (0.025, 0.5, 0.975)


def test_a_fixed_rate_gives_a_gamma_law():
    found = prior_total_flux(5.0, number=40, seed=1)
    expected = stats.gamma.ppf(PROBABILITIES, 40, scale=1 / 5.0)
    assert (found.low, found.median, found.high) == pytest.approx(expected, rel=0.005)


def test_a_gamma_rate_gives_a_ratio_of_gammas():
    """A sum of exponentials over a Gamma rate is beta prime."""
    found = prior_total_flux(GammaRate(1.5, 200.0), number=7, seed=1, given="sources of the posterior")
    expected = stats.betaprime.ppf(PROBABILITIES, 7, 1.5) / 200.0
    assert (found.low, found.median, found.high) == pytest.approx(expected, rel=0.03)
    assert "7 exponential fluxes (sources of the posterior), lambda ~ Gamma(1.5, mean 300 /Jy)" in found.label


def test_a_half_cauchy_rate():
    """Many fluxes: the sum is number / lambda, and 1 / half-Cauchy is half-Cauchy."""
    found = prior_total_flux(HalfCauchyRate(100.0), number=100_000, seed=1)
    expected = stats.halfcauchy.ppf(PROBABILITIES) * 100_000 / 100.0
    assert (found.low, found.median, found.high) == pytest.approx(expected, rel=0.05)
    assert np.isfinite(found.high)


def test_no_source_no_flux():
    with pytest.raises(ModelError, match="number 0 must be at least 1"):
        prior_total_flux(1.0, number=0, seed=1)
