"""Whatever finds a mode says the same few things of it, and one solver's mode is another's first point."""

import numpy as np
import pymc as pm
import pytensor
import pytest
from pytensor.compile.mode import Mode as Compilation

from bayesim.operators import Coplanar, gaussians, measure
from bayesim.priors import PositiveLaplace, TotalSquaredVariation
from bayesim.sky import Grid
from bayesim.solvers import Optimum, PolyClean, find_mode, solve_regularised, solve_synthesis
from bayesim.testing import ExactEquations
from models import positive_laplace

EXACT = ExactEquations.random(seed=3, npix=8)
PRIOR = PositiveLaplace(0.1 * float(EXACT.dirty.max()))


def pixels():
    return PolyClean().solve(EXACT, PRIOR)


def atoms():
    vis = positive_laplace.simulated(1)
    statistics = measure(vis, Grid(36, cell=1.0 / (2.2 * vis.longest_baseline)))
    equations, prior = Coplanar(statistics), PositiveLaplace(0.1 * float(statistics.dirty.max()))
    return solve_synthesis(equations, prior, gaussians(equations.grid), psf=statistics.psf)


def smooth():
    return solve_regularised(EXACT, TotalSquaredVariation(50.0))


def climbed(starts=()):
    """A sky of normal pixels, whose mode is a linear solve."""
    every = np.arange(EXACT.grid.size)
    gram, dirty = EXACT.gram(every, every), EXACT.dirty.ravel()
    with pytensor.config.change_flags(mode=Compilation(linker="py", optimizer="fast_compile")):
        with pm.Model() as model:
            sky = pm.Normal("image", 0.0, 0.5, shape=EXACT.grid.shape).ravel()
            pm.Potential("fit", pm.math.dot(sky, dirty) - 0.5 * pm.math.dot(sky, pm.math.dot(gram, sky)))
        return find_mode(model, seed=1, draws=0, starts=starts)


@pytest.mark.parametrize("find", [pixels, atoms, smooth, climbed])
def test_every_search_for_a_mode_returns_an_optimum(find):
    found = find()
    assert isinstance(found, Optimum)
    assert set(found.values) == {"image"}
    assert np.all(np.isfinite(found.values["image"]))
    assert found.converged, found.reason
    assert found.reason
    assert found.label
    if find is not climbed:
        np.testing.assert_array_equal(found.values["image"], found.image)
        assert 0 <= found.gap <= 1e-3 * found.objective


@pytest.mark.parametrize("find", [pixels, smooth])
def test_the_mode_of_one_model_is_a_first_point_of_another(find):
    known = climbed().values["image"]
    np.testing.assert_allclose(climbed([find().values]).values["image"], known, atol=1e-4)
