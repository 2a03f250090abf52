"""The referee: what it returns is a multiple of an iterate, the best one."""

import numpy as np
import pytest

from bayesim.priors import Laplace, PositiveLaplace
from bayesim.solvers import Apgd
from bayesim.testing import ExactEquations, check_solution


@pytest.mark.parametrize("make", [Laplace, PositiveLaplace])
@pytest.mark.parametrize("alpha", [0.1, 0.9, 0.9999])
def test_certificate_and_flux_agree_as_at_the_optimum(make, alpha):
    for seed in range(3):
        equations = ExactEquations.random(seed=seed)
        solution = Apgd(relative_gap=1e-7).solve(equations, make(alpha * make(1.0).lambda_max(equations.dirty)))
        assert solution.converged
        check_solution(solution, equations, gap=1e-7, excess=1e-3)
        alignment = solution.residual.ravel()[solution.indices] @ solution.fluxes / solution.rate
        assert alignment == pytest.approx(np.abs(solution.fluxes).sum(), rel=1e-12)


def test_a_bound_on_the_iterations_returns_the_sky_that_was_measured():
    equations = ExactEquations.random(seed=3)
    solution = Apgd(max_iterations=4).solve(equations, PositiveLaplace(0.1 * equations.dirty.max()))
    assert not solution.converged
    assert len(solution.history) == 4
    exact = equations.residual(solution.indices, solution.fluxes)
    np.testing.assert_allclose(solution.residual, exact.image, atol=1e-9 * equations.dirty.max())


def test_a_warm_start_at_the_optimum_ends_at_once():
    equations = ExactEquations.random(seed=4)
    prior = PositiveLaplace(0.2 * equations.dirty.max())
    cold = Apgd(relative_gap=1e-8).solve(equations, prior)
    warm = Apgd(relative_gap=1e-7).solve(equations, prior, start=cold)
    assert len(warm.history) == 1
    np.testing.assert_allclose(warm.image, cold.image, rtol=1e-9)
