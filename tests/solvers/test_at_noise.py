"""Lambda set by the noise of the residual image."""

import numpy as np
import pytest

from bayesim.data import example, read
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, debias, noise_of, solve_at_noise
from bayesim.testing import ExactEquations


def test_noise_is_robust_to_sources():
    residual = np.random.default_rng(0).normal(scale=3.0, size=(100, 100))
    residual[:20, 0] = 1e6
    assert noise_of(residual) == pytest.approx(3.0, rel=0.03)


def test_lambda_meets_the_thermal_noise_of_a_simulation():
    vis, _ = example(seed=2)
    grid = Grid(160, cell=1 / (3 * vis.longest_baseline))
    equations = Coplanar(measure(vis, grid))
    solution = solve_at_noise(equations, PositiveLaplace, sigmas=5.0, solver=PolyClean(relative_gap=1e-6))
    thermal = np.sqrt(vis.sum_weight)
    assert solution.converged
    assert solution.rate == pytest.approx(5 * noise_of(debias(equations, solution).residual), rel=0.15)
    assert solution.rate == pytest.approx(5 * thermal, rel=0.3)
    assert solution.indices.size > 10


def test_a_threshold_above_everything_gives_an_empty_sky():
    equations = ExactEquations.random(seed=0)
    assert solve_at_noise(equations, PositiveLaplace, sigmas=1e6).indices.size == 0


def test_a_crowded_field_does_not_stop_at_its_own_sidelobes(shared_data):
    """200 sources whose dirty image has a robust rms 20 times the thermal noise: most of the flux is found."""
    vis = read(shared_data / "simulated" / "exp1_r300.npz", vis="vis_w0")
    grid = Grid.spanning("5deg", npix=144)
    equations = Coplanar(measure(vis, grid, response=1 / (1 + grid.n_minus_1)))
    assert noise_of(equations.dirty) > 10 * np.sqrt(vis.sum_weight)
    solution = solve_at_noise(equations, PositiveLaplace)
    assert debias(equations, solution).residual_energy / (2 * solution.count) < 1.1
