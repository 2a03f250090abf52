"""Total variation and starlet solvers: the gap bounds the distance to the optimum, and the optimum is reached."""

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.priors import StarletLaplace, TotalSquaredVariation, TotalVariation
from bayesim.solvers import solve_regularised
from bayesim.testing import ExactEquations

EXACT = ExactEquations.random(seed=3, npix=9)
PRIORS = [TotalVariation(300.0), TotalVariation(300.0, level=0.05), TotalSquaredVariation(2000.0)]
PRIORS += [TotalSquaredVariation(2000.0, level=0.05), StarletLaplace(300.0, level=0.05, levels=2)]


@pytest.fixture(params=PRIORS, ids=str, scope="module")
def solved(request):
    return request.param, solve_regularised(EXACT, request.param, relative_gap=1e-7, max_gradients=20_000)


def objective(prior, image):
    return 0.5 * EXACT.residual(np.arange(EXACT.grid.size), image.ravel()).energy + prior.value(image)


def test_the_optimum_is_reached(solved, rng):
    prior, solution = solved
    assert solution.converged, solution.reason
    best = objective(prior, solution.image)
    assert solution.objective == pytest.approx(best, rel=1e-10)
    assert -1e-10 * best <= solution.gap <= 1e-7 * best
    np.testing.assert_allclose(
        solution.residual,
        EXACT.residual(np.arange(EXACT.grid.size), solution.image.ravel()).image,
        atol=1e-9 * EXACT.dirty.max(),
    )
    for size in np.geomspace(1e-4, 1, 30):
        for step in (rng.normal(size=solution.image.shape), np.ones(solution.image.shape), solution.image):
            for sign in (1, -1):
                assert objective(prior, solution.image + sign * size * step) >= best - solution.gap


def test_the_gap_of_an_unfinished_run_is_a_bound(solved):
    prior, solution = solved
    for gradients in (1, 3, 10, 40):
        early = solve_regularised(EXACT, prior, relative_gap=1e-15, max_gradients=gradients)
        assert early.objective - solution.objective <= early.gap * (1 + 1e-9)
        assert not early.converged
        assert f"after {gradients} gradients" in early.reason


@pytest.mark.parametrize("level", [np.inf, 0.05])
def test_total_squared_variation_is_a_linear_system(level):
    prior = TotalSquaredVariation(2000.0, level=level)
    unit = np.eye(EXACT.grid.size)
    shape = EXACT.grid.shape
    smooth = TotalSquaredVariation(1.0, level=level)
    # the penalty's Hessian from its prox, which is (1 + step H)^-1
    inverse = np.array([smooth.prox(e.reshape(shape), 1.0).ravel() for e in unit])
    hessian = np.linalg.inv(inverse) - unit
    if np.isfinite(level):
        constant = np.ones_like(hessian) / (EXACT.grid.size * level) ** 2
        hessian = 2000.0 * (hessian - constant) + constant
    else:
        hessian = 2000.0 * hessian
    every = np.arange(EXACT.grid.size)
    exact = np.linalg.solve(EXACT.gram(every, every) + hessian, EXACT.dirty.ravel()).reshape(shape)
    found = solve_regularised(EXACT, prior, relative_gap=1e-10, max_gradients=20_000)
    np.testing.assert_allclose(found.image, exact, atol=1e-4 * np.abs(exact).max())


def test_the_certificate_ends_at_one_where_there_is_one(solved):
    prior, solution = solved
    if not isinstance(prior, TotalSquaredVariation):
        assert 1 - 1e-3 <= solution.certificate.max() <= 1 + 1e-2
    else:
        assert not solution.certificate.any()


def test_a_warm_start_stops_at_once_or_soon(solved):
    prior, solution = solved
    again = solve_regularised(EXACT, prior, relative_gap=1e-4, start=solution)
    assert len(again.history) <= 6


def test_the_joint_mode_is_refused():
    with pytest.raises(ModelError, match="does not exist"):
        solve_regularised(EXACT, TotalVariation("a PyMC variable"))
