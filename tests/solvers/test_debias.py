"""The refit takes the shrinkage back and knows its errors, given the support."""

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.priors import PositiveLaplace
from bayesim.solvers import PolyClean, Step, debias
from bayesim.solvers._solution import certified
from bayesim.testing import ExactEquations


def test_refit_is_least_squares_on_the_support():
    equations = ExactEquations.random(seed=0)
    solution = PolyClean(relative_gap=1e-9).solve(equations, PositiveLaplace(0.2 * equations.dirty.max()))
    refit = debias(equations, solution)
    gradient = equations.residual(refit.indices, refit.fluxes).image.ravel()[refit.indices]
    assert np.abs(gradient).max() <= 1e-6 * np.abs(equations.dirty).max()
    assert refit.residual_energy < solution.residual_energy
    assert refit.fluxes.sum() > solution.fluxes.sum()


def test_errors_are_those_of_repeated_noise():
    """Over noise realisations on one support the fluxes scatter by the standard errors."""
    base = ExactEquations.random(seed=1)
    rng = np.random.default_rng(0)
    truth = np.zeros(base.grid.size)
    pixels = np.array([20, 75, 130])
    truth[pixels] = 2.0
    clean = base.matrix @ truth
    prior, fluxes, errors = PositiveLaplace(1.0), [], []
    for _ in range(300):
        noise = (rng.standard_normal(clean.size) + 1j * rng.standard_normal(clean.size)) / np.sqrt(base.weight)
        equations = ExactEquations(base.grid, base.uvw, clean + noise, base.weight)
        residual = equations.residual(pixels, np.ones(3))
        found = certified(
            equations,
            prior,
            indices=pixels,
            fluxes=np.ones(3),
            residual=residual,
            history=[Step(3, 1.0, 1.0, 1.0, 0.0)],
            relative_gap=1.0,
            reason="the support is given",
        )
        refit = debias(equations, found)
        fluxes.append(refit.fluxes)
        errors.append(refit.standard_errors)
    # the scatter of n draws has a relative error of 1/sqrt(2 n); allow four of them
    np.testing.assert_allclose(np.std(fluxes, axis=0), np.mean(errors, axis=0), rtol=4 / np.sqrt(2 * len(fluxes)))
    assert np.abs(np.mean(fluxes, axis=0) - 2.0).max() < 4 * np.max(errors) / np.sqrt(len(fluxes))


def test_an_empty_solution_is_refused():
    equations = ExactEquations.random(seed=1)
    empty = PolyClean().solve(equations, PositiveLaplace(2 * equations.dirty.max()))
    with pytest.raises(ModelError, match="empty"):
        debias(equations, empty)
