"""Mass matrices of NUTS: right on a Gaussian of known covariance, and what knowing its correlations saves."""

import numpy as np
import pymc as pm
import pytest

from bayesim.errors import ModelError
from bayesim.samplers import Diagonal, LowRank, nuts
from bayesim.testing.samplers import check_gaussian

SIZE, SUM, ERROR = 12, 3.0, 0.05
PRECISION = np.eye(SIZE) + np.ones((SIZE, SIZE)) / ERROR**2
COVARIANCE = np.linalg.inv(PRECISION)
MEAN = COVARIANCE @ np.full(SIZE, SUM / ERROR**2)


@pytest.fixture(scope="module")
def runs():
    with pm.Model() as model:
        pm.Normal("total", pm.Normal("x", shape=SIZE).sum(), ERROR, observed=SUM)
    counts = {"draws": 1000, "tune": 600, "chains": 2, "cores": 1}
    return {type(way): nuts.sample(model, seed=4, adaptation=way, **counts) for way in (Diagonal(), LowRank())}


@pytest.mark.parametrize("way", [Diagonal, LowRank])
def test_a_thin_sheet_is_drawn_as_it_is(runs, way):
    draws = runs[way]["posterior"]["x"].values
    check_gaussian(draws, mean=MEAN, covariance=COVARIANCE, spread=0.1)


def test_correlations_that_are_known_save_steps(runs):
    steps = {way: float(tree["sample_stats"]["n_steps"].mean()) for way, tree in runs.items()}
    assert steps[LowRank] < 0.5 * steps[Diagonal]


def test_the_draws_say_what_was_learnt(runs):
    assert runs[Diagonal].attrs["mass_matrix"] == Diagonal().label
    assert "beyond 2" in runs[LowRank].attrs["mass_matrix"]
    assert not np.array_equal(*(tree["posterior"]["x"].values for tree in runs.values()))


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ModelError, match=r"eigenvalue_cutoff 1\.0 must be above 1"):
        LowRank(eigenvalue_cutoff=1.0)
    with pytest.raises(ModelError, match=r"gamma 0\.0 must be positive"):
        LowRank(gamma=0.0)
