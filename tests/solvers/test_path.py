"""The regularisation path: each point is the optimum of its own lambda, and warm starts change nothing else."""

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.maps import path_table
from bayesim.priors import PositiveLaplace
from bayesim.solvers import PolyClean, at_discrepancy, path
from bayesim.testing import ExactEquations, check_solution

ALPHAS = (0.1, 1.0, 0.03, 0.3)


@pytest.fixture(scope="module")
def equations():
    return ExactEquations.random(seed=4, npix=16)


@pytest.fixture(scope="module")
def solutions(equations):
    return path(equations, PositiveLaplace, alphas=ALPHAS, solver=PolyClean(relative_gap=1e-9))


def test_every_point_is_its_own_optimum(equations, solutions):
    assert [s.alpha for s in solutions] == pytest.approx(sorted(ALPHAS, reverse=True))
    assert not solutions[0].indices.size
    for solution in solutions:
        check_solution(solution, equations, gap=1e-9, excess=1e-4)
        cold = PolyClean(relative_gap=1e-9).solve(equations, solution.prior)
        assert solution.objective == pytest.approx(cold.objective, rel=1e-8)


def test_the_path_is_monotone(equations, solutions):
    table = path_table(solutions)
    assert np.all(np.diff(table["lambda"]) < 0)
    for name in ("flux", "lambda"):
        assert table[name].unit is not None
    assert np.all(np.diff(table["flux"]) > 0)
    assert np.all(np.diff(table["reduced_chi2"]) < 0)
    assert np.all(np.diff(table["objective"]) < 0)
    assert table["atoms"][-1] == solutions[-1].indices.size
    exact = equations.residual(solutions[-1].indices, solutions[-1].fluxes).image / equations.sum_weight
    assert table["residual_rms"][-1] == pytest.approx(np.hypot(exact.mean(), exact.std()))
    assert table["converged"].all()


def test_discrepancy_takes_the_sparsest_that_fits(solutions):
    chi2 = path_table(solutions)["reduced_chi2"]
    chosen = at_discrepancy(solutions[::-1], chi2=float(chi2[2]))
    assert chosen is solutions[2]
    with pytest.raises(ModelError, match="extend the path"):
        at_discrepancy(solutions, chi2=0.5 * float(chi2[-1]))


@pytest.mark.parametrize("alphas", [(), (0.1, 0.1), (0.0, 0.1), (np.nan,), (-1.0,)])
def test_impossible_alphas_are_refused(equations, alphas):
    with pytest.raises(ModelError, match="alphas"):
        path(equations, PositiveLaplace, alphas=alphas)


def test_a_sky_without_positive_pixel_has_no_path(equations):
    class Never(PositiveLaplace):
        """Stands for data without a positive pixel."""

        def lambda_max(self, gradient):
            return 0.0

    with pytest.raises(ModelError, match="empty at every lambda"):
        path(equations, Never, alphas=(0.1,))
