"""The variational start: exact for independent Gaussians, inside bounds, and what is refused."""

import numpy as np
import pymc as pm
import pytest

from bayesim.errors import ModelError
from bayesim.samplers._first_point import FirstPoint
from bayesim.samplers.variational_start import variational_start


@pytest.mark.slow
def test_it_is_the_gaussian_of_a_posterior_that_is_one():
    with pm.Model() as model:
        x = pm.Normal("x", 0.0, 2.0, shape=3)
        s = pm.LogNormal("s", 1.0, 0.3)
        pm.Normal("y", x, np.array([0.5, 1.0, 2.0]), observed=[3.0, -1.0, 0.0])
    start = variational_start(model, seed=1, steps=4000)
    precision = 0.25 + np.array([4.0, 1.0, 0.25])
    away = (start.values["x"] - np.array([12.0, -1.0, 0.0]) / precision) * precision**0.5
    assert np.abs(away).max() < 0.25
    np.testing.assert_allclose(start.spread["x"], precision**-0.5, rtol=0.2)
    assert s.name in start.values
    assert np.log(start.values["s"]) == pytest.approx(1.0, abs=0.1)
    assert start.spread["s"] == pytest.approx(0.3, rel=0.2)
    assert "4000 steps" in start.rule
    assert np.isfinite(FirstPoint(model, start).flat(1)).all()


def test_too_few_steps_are_refused():
    with pm.Model() as model:
        pm.Normal("x")
    with pytest.raises(ModelError, match="steps"):
        variational_start(model, seed=1, steps=50)
    with pytest.raises(ModelError, match="rate 0"):
        variational_start(model, seed=1, rate=0)
