"""Total variation and total squared variation: values, normalisers, the mean that they leave free."""

import numpy as np
import pymc as pm
import pytest

from bayesim.errors import ModelError
from bayesim.priors import TotalSquaredVariation, TotalVariation

BOTH = (TotalVariation, TotalSquaredVariation)


def test_values_by_hand():
    x = np.array([[0.0, 3.0], [4.0, 4.0]])
    # pixel (0, 0): steps 4 down and 3 along; (0, 1): 1 down; (1, 0): 0 along
    assert TotalVariation(2.0).value(x) == pytest.approx(2 * (5 + 1))
    assert TotalSquaredVariation(2.0).value(x) == pytest.approx(2 * (16 + 9 + 1))
    assert TotalVariation(2.0, level=0.5).value(x) == pytest.approx(12 + 0.5 * (2.75 / 0.5) ** 2)


def test_total_variation_is_that_of_mpol_where_the_border_is_empty(rng):
    """MPoL: sum sqrt(dl^2 + dm^2 + eps) without the last row and column."""
    x = np.zeros((9, 7))
    x[1:-1, 1:-1] = rng.normal(size=(7, 5))
    down, along = np.diff(x, axis=0)[:, :-1], np.diff(x, axis=1)[:-1]
    assert TotalVariation(1.0).value(x) == pytest.approx(np.sqrt(down**2 + along**2).sum(), rel=1e-12)
    assert TotalSquaredVariation(1.0).value(x) == pytest.approx((down**2 + along**2).sum(), rel=1e-12)


def test_the_power_of_the_rate_is_the_number_of_free_directions():
    """Mass of exp(-rate TV) over the three directions of a 2 x 2 image that are not constant, by quadrature."""
    axis = np.linspace(-14, 14, 113)
    frame = 0.5 * np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]])
    a, b, c = np.meshgrid(axis, axis, axis, sparse=True)
    x = [a * frame[0, k] + b * frame[1, k] + c * frame[2, k] for k in range(4)]
    steps = np.hypot(x[2] - x[0], x[1] - x[0]) + np.abs(x[3] - x[1]) + np.abs(x[3] - x[2])
    masses = [np.exp(-rate * steps).sum() for rate in (1.0, 1.5)]
    grown = [TotalVariation(rate, level=1.0).log_normaliser(rate, (2, 2)) for rate in (1.0, 1.5)]
    assert np.log(masses[0] / masses[1]) == pytest.approx(grown[1] - grown[0], rel=0.03)


def test_the_log_determinant_is_exact(rng):
    prior, shape = TotalSquaredVariation(1.7, level=0.3), (4, 3)
    unit = np.eye(12).reshape(12, *shape)
    value = [[prior.value(a + b) - prior.value(a) - prior.value(b) for b in unit] for a in unit]
    _, determinant = np.linalg.slogdet(np.array(value) / (2 * np.pi))
    assert prior.log_normaliser(1.7, shape) == pytest.approx(0.5 * determinant, rel=1e-12)


def test_draws_have_the_level_as_the_deviation_of_their_mean():
    with pm.Model(coords={"m": range(4), "l": range(5)}):
        sky = TotalSquaredVariation(2.0, level=0.3).variable("sky", dims=("m", "l"))
    draws = pm.draw(sky, draws=3000, random_seed=1)
    assert draws.mean(axis=(1, 2)).std() == pytest.approx(0.3, rel=0.05)
    smooth = [TotalSquaredVariation(2.0).value(draw) for draw in draws]
    assert np.mean(smooth) == pytest.approx(19 / 2, rel=0.05)


@pytest.mark.parametrize("prior", BOTH)
def test_without_a_level_there_is_a_penalty_but_no_density(prior, rng):
    x = rng.normal(size=(5, 4))
    assert prior(1.0).value(x + 3.0) == pytest.approx(prior(1.0).value(x))
    assert prior(1.0).prox(x, 0.3).mean() == pytest.approx(x.mean())
    with pm.Model(coords={"m": range(5), "l": range(4)}), pytest.raises(ModelError, match="finite level"):
        prior(1.0).variable("sky", dims=("m", "l"))
    with pytest.raises(ModelError, match="must be positive"):
        prior(1.0, level=0.0)
    with pytest.raises(ModelError, match="improper"):
        TotalVariation(1.0).log_normaliser(1.0, (5, 4))


def test_strong_total_variation_leaves_the_mean(rng):
    x = rng.normal(size=(6, 6))
    np.testing.assert_allclose(TotalVariation(100.0).prox(x, 1.0), x.mean(), atol=1e-9)
