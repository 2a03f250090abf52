"""PolyCLEAN reaches the optimum that its certificate claims."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from bayesim.data import read
from bayesim.errors import GridError, ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import Apgd, PolyClean
from bayesim.testing import ExactEquations, check_solution

PRIORS = (Laplace, PositiveLaplace)


@pytest.mark.parametrize("make", PRIORS)
def test_optimality_on_random_problems(make):
    """Acceptance 10 and 11: 100 problems, half with each prior, from nearly empty to crowded skies."""
    for seed in range(50):
        equations = ExactEquations.random(seed=seed, npix=10 + seed % 7)
        alpha = 10 ** np.random.default_rng(seed).uniform(-2.5, -0.1)
        prior = make(alpha * make(1.0).lambda_max(equations.dirty))
        solution = PolyClean(relative_gap=1e-8).solve(equations, prior)
        assert solution.converged, f"seed {seed}, alpha {alpha}: {solution.reason}"
        check_solution(solution, equations, gap=1e-6, excess=1e-4)
        correlation = abs(solution.residual.ravel()[solution.indices] @ solution.fluxes) / solution.rate
        assert abs(correlation - np.abs(solution.fluxes).sum()) <= solution.gap / solution.rate + 1e-8
        assert solution.saturation.ravel()[solution.indices].all()
        primal_minus_dual = _primal_minus_dual(solution, equations)
        assert abs(primal_minus_dual - solution.gap) <= 1e-9 * solution.objective


def _primal_minus_dual(solution, equations):
    """P - D with D = 1/2 y'Wy - 1/2 ||y - s r||_W^2, the textbook form that the stable one replaces."""
    scale = min(1.0, 1.0 / solution.max_certificate)
    r = equations.data - equations.matrix @ solution.image.ravel()
    distance = equations.data - scale * r
    dual = 0.5 * equations.energy - 0.5 * float(np.sum(equations.weight * np.abs(distance) ** 2))
    return solution.objective - dual


@pytest.mark.parametrize("make", PRIORS)
def test_objective_equals_scikit_learn(make):
    equations = ExactEquations.random(seed=5)
    prior = make(0.05 * make(1.0).lambda_max(equations.dirty))
    root = np.sqrt(equations.weight)
    design = np.vstack([(root[:, None] * equations.matrix).real, (root[:, None] * equations.matrix).imag])
    target = np.concatenate([(root * equations.data).real, (root * equations.data).imag])
    lasso = Lasso(
        alpha=prior.rate / target.size,
        fit_intercept=False,
        positive=make is PositiveLaplace,
        tol=1e-12,
        max_iter=1_000_000,
    )
    x = lasso.fit(design, target).coef_
    expected = 0.5 * np.sum((target - design @ x) ** 2) + prior.value(x)
    assert PolyClean(relative_gap=1e-9).solve(equations, prior).objective == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("make", PRIORS)
def test_objective_equals_proximal_gradient(make):
    equations = ExactEquations.random(seed=8)
    prior = make(0.1 * make(1.0).lambda_max(equations.dirty))
    atoms = PolyClean(relative_gap=1e-9).solve(equations, prior)
    gradient = Apgd(relative_gap=1e-7).solve(equations, prior)
    assert gradient.converged
    assert atoms.objective == pytest.approx(gradient.objective, rel=1e-6)


@pytest.mark.parametrize("make", PRIORS)
def test_lambda_max_is_where_the_first_atom_appears(make):
    equations = ExactEquations.random(seed=3)
    limit = make(1.0).lambda_max(equations.dirty)
    assert PolyClean().solve(equations, make(limit)).indices.size == 0
    assert PolyClean(relative_gap=1e-12).solve(equations, make(0.9999 * limit)).indices.size == 1


def test_flux_scaling():
    """Acceptance 38: y -> c y, sigma -> c sigma, lambda -> lambda / c gives x -> c x."""
    equations, c = ExactEquations.random(seed=4), 7.0
    scaled = ExactEquations(equations.grid, equations.uvw, c * equations.data, equations.weight / c**2)
    rate = 0.1 * equations.dirty.max()
    one = PolyClean(relative_gap=1e-10).solve(equations, PositiveLaplace(rate))
    two = PolyClean(relative_gap=1e-10).solve(scaled, PositiveLaplace(rate / c))
    np.testing.assert_allclose(two.image, c * one.image, rtol=1e-6, atol=1e-9)


def test_warm_start_at_the_optimum_needs_one_residual():
    equations = ExactEquations.random(seed=6)
    prior = PositiveLaplace(0.1 * equations.dirty.max())
    cold = PolyClean(relative_gap=1e-8).solve(equations, prior)
    warm = PolyClean(relative_gap=1e-8).solve(equations, prior, start=cold)
    assert len(warm.history) == 1
    np.testing.assert_array_equal(warm.image, cold.image)


def test_warm_start_on_another_grid_is_refused():
    equations = ExactEquations.random(seed=6)
    prior = PositiveLaplace(0.1 * equations.dirty.max())
    other = PolyClean().solve(ExactEquations.random(seed=6, npix=14), prior)
    with pytest.raises(GridError, match="warm start"):
        PolyClean().solve(equations, prior, start=other)


@pytest.mark.parametrize("solver", [PolyClean(), Apgd()])
def test_joint_mode_is_refused(solver):
    class Unknown:
        """Stands for a PyMC variable."""

    with pytest.raises(ModelError, match="does not exist"):
        solver.solve(ExactEquations.random(seed=1), PositiveLaplace(Unknown()))


def test_a_bound_on_the_cycles_is_reported():
    equations = ExactEquations.random(seed=2)
    solution = PolyClean(relative_gap=1e-14, max_cycles=1).solve(
        equations, PositiveLaplace(1e-3 * equations.dirty.max())
    )
    assert not solution.converged
    assert "1 cycles" in solution.reason


def test_steps_are_announced():
    seen = []
    equations = ExactEquations.random(seed=2)
    solution = PolyClean(progress=seen.append).solve(equations, PositiveLaplace(0.1 * equations.dirty.max()))
    assert tuple(seen) == solution.history


def test_experiment_one_has_the_known_optimum(shared_data):
    """SKA-LOW core, 200 sources, 1/n in the model, data unweighted."""
    vis = read(shared_data / "simulated" / "exp1_r300.npz", vis="vis_w0")
    grid = Grid.spanning("5deg", npix=144)
    equations = Coplanar(measure(vis, grid, response=1 / (1 + grid.n_minus_1)))
    prior = PositiveLaplace(0.02 * equations.dirty.max())
    solution = PolyClean(relative_gap=1e-6).solve(equations, prior)
    assert solution.relative_gap <= 1e-6
    assert solution.objective / vis.weight[0] == pytest.approx(78_912.40, abs=0.05)


def test_an_interrupt_returns_the_best_sky_so_far():
    equations = ExactEquations.random(seed=2)
    prior = PositiveLaplace(0.25 * equations.dirty.max())
    steps = []

    class Interrupted(ExactEquations):
        def gram(self, rows, columns):
            if len(steps) == 2:
                raise KeyboardInterrupt
            return super().gram(rows, columns)

    interrupted = Interrupted(equations.grid, equations.uvw, equations.data, equations.weight)
    solution = PolyClean(relative_gap=1e-12, progress=steps.append).solve(interrupted, prior)
    assert not solution.converged
    assert "interrupted" in solution.reason
    assert solution.gap == steps[-1].gap > 0
    assert solution.indices.size == steps[-1].atoms > 0
