"""The start: conditional means of every pixel, none stuck at zero, and refusals."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from bayesim.errors import ModelError
from bayesim.priors import HalfCauchyRate, Laplace, NoiseScale, PositiveLaplace, fixed_rate
from bayesim.samplers._first_point import FirstPoint
from bayesim.samplers.start import conditional_moments, start


def model_of(dims, coords, *, free=True):
    with pm.Model(coords=coords) as model:
        rate = HalfCauchyRate(1.0).variable("lambda") if free else 1.0
        if free:
            NoiseScale().variable("noise_scale")
        PositiveLaplace(rate).variable("image", dims=dims)
    return model


@pytest.mark.parametrize("location", [50.0, 3.0, 0.0, -3.0, -29.9])
def test_moments_of_the_truncated_gaussian(location):
    sd = 0.7
    exact = stats.truncnorm(-location, np.inf, loc=location * sd, scale=sd)
    mean, variance = conditional_moments(np.array([location * sd]), sd)
    assert mean[0] == pytest.approx(exact.mean(), rel=1e-6)
    assert variance[0] == pytest.approx(exact.var(), rel=2e-4)


def test_moments_far_below_zero_are_those_of_an_exponential_and_join_smoothly():
    mean, variance = conditional_moments(np.array([-1e6]), 1.0)
    assert mean[0] == pytest.approx(1e-6, rel=1e-9)
    assert variance[0] == pytest.approx(1e-12, rel=1e-6)
    below, above = (conditional_moments(np.array([a]), 1.0)[0][0] for a in (-30.0001, -29.9999))
    assert below == pytest.approx(above, rel=1e-4)


def test_full_grid_starts_positive_at_the_mode_where_there_is_flux(dense, solved):
    equations = dense(truth=np.where(np.arange(16) == 5, 30.0, 0.0))
    mode = solved(equations, 20.0)
    begun = start(mode, model_of(("m", "l"), equations.grid.coords))
    image = begun.values["image"]
    assert image.shape == (4, 4)
    assert np.all(image > 0)
    assert image.ravel()[5] == pytest.approx(mode.image.ravel()[5], rel=1e-2)
    zero = mode.image == 0
    assert zero.sum() > 8
    # a zero pixel starts at a fraction of the noise: lower, the further its certificate is below 1
    order = np.argsort(mode.certificate[zero])
    assert np.all(np.diff(image[zero][order]) >= 0)
    scale = float(begun.values["noise_scale"])
    assert scale == pytest.approx(np.sqrt(mode.residual_energy / (2 * mode.count)))
    assert np.all(image[zero] < scale * mode.sigma_image)
    assert begun.values["lambda"] == pytest.approx(16 / image.sum())
    assert begun.spread["image"].ravel()[5] == pytest.approx(scale * mode.sigma_image / image.ravel()[5], rel=0.05)
    assert begun.spread["image"].max() <= np.pi / np.sqrt(6) + 1e-9


def test_support_starts_on_its_own_pixels(dense, solved):
    equations = dense()
    mode = solved(equations, 30.0)
    pixels = np.union1d(mode.indices, [0, 15])
    begun = start(mode, model_of(("pixel",), {"pixel": pixels}, free=False))
    full = start(mode, model_of(("m", "l"), equations.grid.coords, free=False))
    np.testing.assert_array_equal(begun.values["image"], full.values["image"].ravel()[pixels])
    assert set(begun.values) == {"image"}


def test_flux_outside_the_support_is_refused(dense, solved):
    mode = solved(dense(), 30.0)
    with pytest.raises(ModelError, match="outside the support"):
        start(mode, model_of(("pixel",), {"pixel": mode.indices[1:]}))


def test_a_model_without_the_image_is_refused(dense, solved):
    mode = solved(dense(), 30.0)
    with pytest.raises(ModelError, match="no free variable 'sky'"):
        start(mode, model_of(("m", "l"), mode.grid.coords), image="sky")
    with pytest.raises(ModelError, match="jitter -1"):
        start(mode, model_of(("m", "l"), mode.grid.coords), jitter=-1)


def test_chains_start_apart_by_the_spread_and_the_same_seed_starts_the_same(dense, solved):
    mode = solved(dense(), 30.0)
    model = model_of(("m", "l"), mode.grid.coords)
    first = FirstPoint(model, start(mode, model, jitter=0.5))
    np.testing.assert_array_equal(first.flat(3), first.flat(3))
    apart = np.std([first.flat(seed) for seed in range(400)], axis=0) / np.sqrt(first.variance())
    assert apart == pytest.approx(0.5, rel=0.15)


@pytest.mark.parametrize("prior", [Laplace, PositiveLaplace])
def test_the_joint_mode_of_image_and_lambda_is_refused(prior):
    with pm.Model():
        rate = HalfCauchyRate(1.0).variable("lambda")
    with pytest.raises(ModelError, match="does not exist"):
        fixed_rate(prior(rate))


def test_the_hyper_prior_of_lambda_spans_decades():
    with pm.Model():
        rate = HalfCauchyRate(50.0).variable("lambda")
    draws = pm.draw(rate, 20_000, random_seed=1)
    low, middle, high = np.quantile(draws, [0.01, 0.5, 0.99]) / 50.0
    assert middle == pytest.approx(1.0, rel=0.05)
    assert low < 0.02
    assert high > 50
