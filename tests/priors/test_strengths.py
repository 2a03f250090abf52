"""Strengths of other packages: the objectives differ by a factor and a constant only."""

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.priors import (
    EdgeClamp,
    Laplace,
    MaximumEntropy,
    rate_from_ehtim,
    rate_from_mpol,
    rate_from_polyclean,
    rate_from_polyclean_factor,
)

N_VIS, ARCSEC = 40, np.pi / 180 / 3600
CELL = 0.05


@pytest.fixture
def problem(rng):
    matrix = rng.normal(size=(N_VIS, 12)) + 1j * rng.normal(size=(N_VIS, 12))
    data = rng.normal(size=N_VIS) + 1j * rng.normal(size=N_VIS)
    weight = rng.uniform(1, 3, N_VIS)
    images = rng.exponential(size=(3, 4, 3))
    chi2 = np.array([(weight * np.abs(data - matrix @ image.ravel()) ** 2).sum() for image in images])
    return images, chi2


def proportional(theirs, ours, factor):
    assert ours - ours[0] == pytest.approx(factor * (theirs - theirs[0]), rel=1e-10)


def test_mpol(problem):
    images, chi2 = problem
    bright, near = images / CELL**2, 0.3
    losses = {
        Laplace: (1, 1.0, [np.abs(image).sum() for image in bright]),
        (lambda rate: MaximumEntropy(rate, default=near * CELL**2)): (
            1,
            1 / 10.0,
            [(image * np.log(image / near)).sum() / 10.0 for image in bright],
        ),
        EdgeClamp: (
            2,
            1.0,
            [(i[[0, -1]] ** 2).sum() + (i[:, [0, -1]] ** 2).sum() for i in bright],
        ),
    }
    for make, (degree, scale, loss) in losses.items():
        theirs = chi2 / (2 * N_VIS) + 0.2 * np.array(loss)
        rate = rate_from_mpol(0.2 * scale, n_visibilities=N_VIS, cell=f"{CELL} arcsec", degree=degree)
        assert rate == pytest.approx(
            rate_from_mpol(0.2 * scale, n_visibilities=N_VIS, cell=CELL * ARCSEC, degree=degree)
        )
        proportional(theirs, 0.5 * chi2 + [make(rate).value(image) for image in images], N_VIS)


@pytest.mark.parametrize("norm", [1.0, 3.5])
def test_ehtim(problem, norm):
    images, chi2 = problem
    theirs = 100 * (chi2 / (2 * N_VIS) - 1) + 7.0 * np.abs(images).sum((1, 2)) / norm
    rate = rate_from_ehtim(7.0, data_weight=100.0, n_visibilities=N_VIS, norm=norm)
    proportional(theirs, 0.5 * chi2 + [Laplace(rate).value(image) for image in images], N_VIS / 100)


def test_polyclean(problem):
    images, _ = problem
    squares = np.array([1.0, 4.0, 2.5])
    rate = rate_from_polyclean(0.3, weight=np.full(N_VIS, 2.0))
    theirs = 0.5 * squares + 0.3 * np.abs(images).sum((1, 2))
    proportional(theirs, 0.5 * 2.0 * squares + [Laplace(rate).value(image) for image in images], 2.0)
    assert rate_from_polyclean_factor(0.1, dirty=np.array([[1.0, -5.0]])) == pytest.approx(0.5)


def test_what_has_no_equivalent_is_refused():
    with pytest.raises(ModelError, match="ignores weights"):
        rate_from_polyclean(0.3, weight=np.array([1.0, 2.0]))
    with pytest.raises(ModelError, match="degree 3"):
        rate_from_mpol(1.0, n_visibilities=10, cell=1e-6, degree=3)
    with pytest.raises(ModelError, match="norm 0"):
        rate_from_ehtim(1.0, data_weight=1.0, n_visibilities=10, norm=0.0)
