"""A kernel that leaves the posterior as it is passes the joint test; kernels with one fault each do not."""

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.validation import geweke

SHAPE, RATE, N = 3.0, 2.0, 6


def prior_draw(rng):
    precision = rng.gamma(SHAPE, 1.0 / RATE)
    return rng.standard_normal(), precision


def data_draw(parameters, rng):
    mean, precision = parameters
    return mean + rng.standard_normal(N) * precision**-0.5


def gibbs(*, count=N, prior=1.0):
    """Gibbs steps of mean and precision of a Gaussian; a fault is a wrong count or precision of a prior."""

    def kernel(parameters, data, rng):
        _, precision = parameters
        total = N * precision + prior
        mean = precision * data.sum() / total + rng.standard_normal() * total**-0.5
        return mean, rng.gamma(SHAPE + count / 2, 1.0 / (RATE + 0.5 * np.sum((data - mean) ** 2)))

    return kernel


def moments(parameters, data):
    mean, precision = parameters
    likelihood = 0.5 * N * np.log(precision) - 0.5 * precision * np.sum((data - mean) ** 2)
    numbers = {"mean": mean, "mean^2": mean**2, "precision": precision, "precision^2": precision**2}
    return numbers | {"mean x data": mean * data.mean(), "log_likelihood": likelihood}


def run(kernel, n=4000, of=moments):
    return geweke(prior_draw, data_draw, kernel, of, n=n, seed=4)


def test_a_right_kernel_passes():
    found = run(gibbs())
    assert np.abs(found["z"]).max() < 4
    assert found.sizes["moment"] == 6
    assert found["ess"].min() > 50


@pytest.mark.parametrize("fault", [{"count": N - 1}, {"prior": 0.5}], ids=["count", "prior"])
def test_a_wrong_kernel_does_not(fault):
    assert np.abs(run(gibbs(**fault))["z"]).max() > 4


def test_a_kernel_that_stands_still_is_refused_or_seen():
    with pytest.raises(ModelError, match="does not change"):
        run(lambda parameters, data, rng: parameters, n=100, of=lambda parameters, _: {"mean": parameters[0]})


def test_a_chain_too_slow_for_an_error_is_refused():
    def slow(parameters, data, rng):
        return gibbs()(parameters, data, rng) if rng.uniform() < 0.02 else parameters

    with pytest.raises(ModelError, match="effective draws"):
        run(slow, n=400)


def test_too_few_steps_are_refused():
    with pytest.raises(ModelError, match="at least 100"):
        run(gibbs(), n=99)


def test_same_seed_same_numbers():
    assert run(gibbs(), n=2000).identical(run(gibbs(), n=2000))
