"""Lambda is known from data: of 4096 pixels in noise, whatever hyper-prior, its posterior is the same within 2 %."""

import numpy as np
import pymc as pm
import pytensor
import pytest
from scipy import special

from bayesim.priors import GammaRate, HalfCauchyRate

PIXELS, NOISE = 4096, 0.05
HYPER_PRIORS = {
    "gamma": GammaRate(1.0, 1 / NOISE),
    "gamma, flat in the logarithm": GammaRate(0.01, 100 / NOISE),
    "half-Cauchy": HalfCauchyRate(1 / NOISE),
    "half-Cauchy, 100 times too large": HalfCauchyRate(100 / NOISE),
}


def log_prior(hyper, rates):
    with pm.Model():
        variable = hyper.variable("rate")
    return pytensor.function([], pm.logp(variable, rates), mode="FAST_COMPILE")()


def log_marginal(seen, rate):
    """Return the density of an exponential pixel in Gaussian noise, summed over pixels."""
    exponent = 0.5 * (rate * NOISE) ** 2 - rate * seen
    return float(np.sum(np.log(rate) + exponent + special.log_ndtr(seen / NOISE - rate * NOISE)))


@pytest.mark.parametrize("truth", [0.3 / NOISE, 1.0 / NOISE], ids=["pixels of SNR 3", "pixels of SNR 1"])
def test_four_hyper_priors_agree(truth):
    rng = np.random.default_rng(6)
    seen = rng.exponential(1 / truth, PIXELS) + NOISE * rng.standard_normal(PIXELS)
    rates = truth * np.linspace(0.7, 1.4, 1401)
    likelihood = np.array([log_marginal(seen, rate) for rate in rates])
    means = {}
    for name, hyper in HYPER_PRIORS.items():
        log = likelihood + log_prior(hyper, rates)
        density = np.exp(log - log.max())
        assert max(density[0], density[-1]) < 1e-6
        density /= density.sum()
        mean = density @ rates
        sd = np.sqrt(density @ (rates - mean) ** 2)
        assert abs(mean - truth) < 3 * sd, name
        means[name] = mean
    assert max(means.values()) < 1.02 * min(means.values()), means
    # few pixels leave a choice: what agrees above is not one prior four times
    few = log_prior(HYPER_PRIORS["gamma"], rates) - log_prior(HYPER_PRIORS["half-Cauchy, 100 times too large"], rates)
    assert np.ptp(few) > 0.1
