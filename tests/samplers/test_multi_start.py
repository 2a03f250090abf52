"""Several climbs: the highest hill is found, its width is right, and the start fits the model."""

import numpy as np
import pymc as pm
import pytest

from bayesim.errors import ModelError
from bayesim.samplers import multi_start
from bayesim.samplers._first_point import FirstPoint


def two_hills():
    """Return a model whose density has a low wide hill at -3 and a high narrow one at 2, and a positive scale."""
    with pm.Model() as model:
        x = pm.Uniform("x", -10.0, 10.0, shape=2)
        scale = pm.LogNormal("scale", 0.0, 0.1)
        low, high = -0.5 * pm.math.sqr(x + 3.0) - 4.0, -0.5 * pm.math.sqr((x - 2.0) / 0.5)
        pm.Potential("hills", pm.math.logaddexp(low, high).sum() - 50.0 * pm.math.sqr(pm.math.log(scale) - 0.3))
    return model


def test_the_highest_hill_wins_and_its_widths_are_those_of_the_curvature():
    model = two_hills()
    start = multi_start(model, seed=3, climbs=60)
    # the density of the transformed variable has the Jacobian's own slope, small beside a hill of width 0.5
    np.testing.assert_allclose(start.values["x"], 2.0, atol=0.02)
    assert float(start.values["scale"]) == pytest.approx(np.exp(0.15), rel=0.02)
    # d logit / dx = 20 / ((x + 10) (10 - x))
    np.testing.assert_allclose(start.spread["x"], 0.5 * 20 / 96, rtol=0.02)
    assert float(start.spread["scale"]) == pytest.approx(200**-0.5, rel=0.02)
    assert "highest of 60 climbs" in start.rule
    first = FirstPoint(model, start).point(1)
    assert all(np.isfinite(value).all() for value in first.values())


def test_same_seed_same_start_and_bad_counts_are_refused():
    model = two_hills()
    one, two = (multi_start(model, seed=5, climbs=2).values["x"] for _ in range(2))
    assert np.array_equal(one, two)
    with pytest.raises(ModelError, match="climbs 0"):
        multi_start(model, seed=1, climbs=0)
