import arviz_stats
import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.maps import hdi


def test_exponential_draws_touch_zero(rng):
    # the HDI of an exponential with scale s is [0, s ln 20]; the equal-tailed interval would start at 0.025 s
    draws = 3.0 * rng.standard_exponential((200_000, 2))
    low, high = hdi(draws)
    np.testing.assert_allclose(low, 0.0, atol=3e-3)
    np.testing.assert_allclose(high, 3.0 * np.log(20), rtol=0.02)


def test_normal_draws(rng):
    low, high = hdi(rng.normal(5, 2, size=(100_000, 1)), prob=0.68)
    assert low[0] == pytest.approx(5 - 0.9945 * 2, abs=0.08)
    assert high[0] == pytest.approx(5 + 0.9945 * 2, abs=0.08)


def test_agrees_with_arviz(rng):
    draws = rng.gamma(2.0, size=(501, 6))
    low, high = hdi(draws, prob=0.9)
    theirs = arviz_stats.hdi(draws, prob=0.9, axis=0)
    np.testing.assert_allclose(np.stack([low, high], axis=-1), theirs, rtol=1e-12)


def test_a_constant_has_an_interval_of_no_width():
    low, high = hdi(np.zeros((10, 3)))
    assert not low.any()
    assert not high.any()


@pytest.mark.parametrize("prob", [0.0, 1.0, 95])
def test_prob_outside_the_unit_interval_is_refused(prob):
    with pytest.raises(ModelError, match="for example"):
        hdi(np.zeros((10, 1)), prob=prob)


def test_one_draw_is_refused():
    with pytest.raises(ModelError, match="2 draws"):
        hdi(np.zeros((1, 3)))
