"""Coordinates in units of what the prior or the data allow: the density is the same, the funnel is gone."""

import numpy as np
import pymc as pm
import pytest

from bayesim.errors import ModelError
from bayesim.priors import StarletLaplace, TotalVariation

PRIORS = [TotalVariation, StarletLaplace]
RATE, NOISE = 3.0, 0.4


def model_of(prior, noise):
    with pm.Model(coords={"m": range(3), "l": range(2)}) as model:
        rate = pm.HalfCauchy("rate", 1.0, default_transform=None)
        prior(rate, level=1.0).variable("x", dims=("m", "l"), noise=noise)
    return model


def coordinates(x, rate):
    return x.mean() / NOISE + (x - x.mean()) * (rate**2 + NOISE**-2) ** 0.5


@pytest.mark.parametrize("prior", PRIORS)
def test_the_density_is_that_of_the_image_times_the_volume(prior, rng):
    x = rng.normal(size=(3, 2))
    plain, changed = model_of(prior, None), model_of(prior, NOISE)
    there = {"rate": np.array(RATE), "x_deviations__": coordinates(x, RATE)}
    # the determinant of the linear map, column by column
    columns = [coordinates(each.reshape(3, 2), RATE).ravel() for each in np.eye(6)]
    volume = -np.log(np.abs(np.linalg.det(columns)))
    found = float(changed.compile_logp(mode="FAST_COMPILE")(there))
    expected = float(plain.compile_logp(mode="FAST_COMPILE")({"rate": np.array(RATE), "x": x}))
    assert found == pytest.approx(expected + volume, rel=1e-12)
    values = dict(zip(("rate", "x"), changed.replace_rvs_by_values([changed["rate"], changed["x"]]), strict=True))
    back = values["x"].eval({changed.value_vars[0]: there["rate"], changed.value_vars[1]: there["x_deviations__"]})
    np.testing.assert_allclose(back, x, rtol=1e-12, atol=1e-14)
    transform = changed.rvs_to_transforms[changed["x"]]
    forth = transform.forward(x, *changed["x"].owner.inputs).eval({changed["rate"]: RATE})
    np.testing.assert_allclose(forth, there["x_deviations__"], rtol=1e-12)


@pytest.mark.parametrize("prior", PRIORS)
def test_a_noise_that_is_none_is_refused(prior):
    with pytest.raises(ModelError, match=r"noise 0\.0 must be positive"):
        model_of(prior, 0.0)
