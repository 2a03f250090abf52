"""The LASSO in a dictionary reaches the optimum it certifies, on coplanar and wide fields; its refit."""

import numpy as np
import pytest

from bayesim.data import array, observe
from bayesim.errors import GridError, ModelError
from bayesim.operators import Coplanar, WideField, gaussians, measure, starlet
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean
from bayesim.solvers._synthesised import Synthesised
from bayesim.solvers.synthesis import solve_synthesis
from bayesim.solvers.synthesis_refit import refit_synthesis

NPIX = 48
SKY = np.zeros((NPIX, NPIX))
ROW, COLUMN = np.mgrid[:NPIX, :NPIX]
SKY += 3e-3 * np.exp(-((ROW - 20) ** 2 + (COLUMN - 27) ** 2) / 6.0**2)
SKY[33, 14] += 0.2


def observed(cell, *, frequency):
    grid = Grid(NPIX, cell=cell)
    hours = np.linspace(-2.5, 2.5, 7)
    vis = observe(
        array("meerkat"), image=SKY, grid=grid, declination=-0.5, hour_angles=hours * np.pi / 12, frequency=frequency,
        snr=100.0, seed=3,
    )  # fmt: skip
    return vis, grid


@pytest.fixture(scope="module")
def flat():
    vis, grid = observed(1e-4, frequency=1e8)
    statistics = measure(vis, grid)
    return Coplanar(statistics), statistics.psf


@pytest.mark.parametrize("make", [gaussians, starlet])
@pytest.mark.parametrize("prior", [Laplace, PositiveLaplace])
def test_gap_and_certificate_are_those_of_the_image(flat, make, prior):
    equations, psf = flat
    dictionary = make(equations.grid)
    rate = 0.05 * prior(1.0).lambda_max(dictionary.analyse(equations.dirty))
    found = solve_synthesis(equations, prior(rate), dictionary, psf=psf, solver=PolyClean(relative_gap=1e-5))
    assert found.sky.converged, found.sky.reason
    coefficients = found.coefficients.image.reshape(dictionary.scales, NPIX, NPIX)
    np.testing.assert_allclose(found.image, dictionary.synthesise(coefficients), atol=1e-15)
    np.testing.assert_allclose(found.planes.sum(axis=0), found.image, atol=1e-15)
    product = equations.normal.apply(found.image)
    residual = equations.dirty - product
    np.testing.assert_allclose(found.sky.residual, residual, atol=1e-9 * equations.dirty.max())
    eta = prior(rate).certificate(dictionary.analyse(residual))
    np.testing.assert_allclose(found.certificate, eta, atol=1e-9 * eta.max())
    # primal minus dual, computed anew
    energy = equations.energy - 2 * np.vdot(equations.dirty, found.image) + np.vdot(found.image, product)
    penalty = rate * np.abs(coefficients).sum()
    scale = min(1.0, 1 / eta.max())
    gap = 0.5 * (1 - scale) ** 2 * energy + penalty - scale * np.vdot(residual, found.image)
    assert found.sky.objective == pytest.approx(0.5 * energy + penalty, rel=1e-9)
    assert abs(found.sky.gap - gap) <= 1e-9 * found.sky.objective
    assert gap <= 1e-5 * found.sky.objective
    assert found.max_certificate <= 1 + 1e-2
    if prior is PositiveLaplace:
        assert found.image.min() >= 0


def test_lambda_max_goes_through_the_dictionary(flat):
    equations, psf = flat
    dictionary = gaussians(equations.grid)
    limit = PositiveLaplace(1.0).lambda_max(dictionary.analyse(equations.dirty))
    assert limit > PositiveLaplace(1.0).lambda_max(equations.dirty)
    empty = solve_synthesis(equations, PositiveLaplace(1.0001 * limit), dictionary, psf=psf)
    assert not empty.coefficients.indices.size
    assert empty.sky.lambda_max == pytest.approx(limit)
    sharp = PolyClean(relative_gap=1e-12)
    below = solve_synthesis(equations, PositiveLaplace(0.999 * limit), dictionary, psf=psf, solver=sharp)
    assert below.coefficients.indices.size


def test_single_pixels_alone_are_the_lasso(flat):
    equations, psf = flat
    prior = PositiveLaplace(0.05 * equations.dirty.max())
    dictionary = gaussians(equations.grid, sizes=(0,))
    solver = PolyClean(relative_gap=1e-9)
    one = solve_synthesis(equations, prior, dictionary, psf=psf, solver=solver)
    np.testing.assert_allclose(one.image, solver.solve(equations, prior).image, atol=1e-6 * one.image.max())


def test_gram_of_atoms_is_exact(flat, rng):
    equations, psf = flat
    dictionary = gaussians(equations.grid)
    inner = Synthesised(equations, dictionary, psf)
    atoms = np.flatnonzero(np.stack([dictionary.inside(s) for s in range(4)]))[rng.integers(0, 4000, 6)]
    columns = [(inner.dirty - inner.residual(np.array([a]), np.ones(1)).image).ravel()[atoms] for a in atoms]
    np.testing.assert_allclose(inner.gram(atoms, atoms), np.array(columns).T, rtol=1e-9, atol=1e-9 * psf.max())


def test_a_warm_start_needs_one_residual(flat):
    equations, psf = flat
    dictionary, prior = gaussians(equations.grid), PositiveLaplace(0.1 * equations.dirty.max())
    cold = solve_synthesis(equations, prior, dictionary, psf=psf)
    assert len(solve_synthesis(equations, prior, dictionary, psf=psf, start=cold).sky.history) == 1


def test_with_w_the_gap_is_that_of_the_exact_operator():
    """The look-up steers with the PSF of the centre; residual, objective and gap are the wide field's own."""
    vis, grid = observed(2e-3, frequency=8e6)
    psf = measure(vis, grid).psf
    assert measure(vis, grid).w_phase > 0.5
    equations = WideField(vis, grid, tolerance=1e-10)
    dictionary = gaussians(grid, sizes=(0, 2, 5))
    prior = PositiveLaplace(0.05 * dictionary.analyse(equations.dirty).max())
    found = solve_synthesis(equations, prior, dictionary, psf=psf, solver=PolyClean(relative_gap=1e-4))
    assert found.sky.converged, found.sky.reason
    exact = equations.residual(np.arange(grid.size), found.image.ravel())
    np.testing.assert_allclose(found.sky.residual, exact.image, atol=1e-7 * equations.dirty.max())
    refit = refit_synthesis(equations, found, psf=psf)
    assert abs(refit.total_flux - SKY.sum()) <= 0.03 * SKY.sum()


@pytest.mark.parametrize("make", [gaussians, starlet])
def test_the_refit_brings_the_total_flux_back(flat, make):
    equations, psf = flat
    dictionary = make(equations.grid)
    prior = PositiveLaplace(0.05 * dictionary.analyse(equations.dirty).max())
    found = solve_synthesis(equations, prior, dictionary, psf=psf)
    refit = refit_synthesis(equations, found, psf=psf)
    assert found.image.sum() < 0.98 * SKY.sum()
    assert abs(refit.total_flux - SKY.sum()) <= 0.03 * SKY.sum()
    assert refit.residual_energy < found.sky.residual_energy
    assert refit.image.min() >= 0
    gradient = dictionary.analyse(refit.residual).ravel()[refit.indices]
    assert np.abs(gradient).max() <= 1e-6 * equations.dirty.max()
    noise = np.sqrt([dictionary.psf_between(psf, s, s)[NPIX, NPIX] for s in range(dictionary.scales)])
    assert (dictionary.analyse(refit.residual) / noise[:, None, None]).max() <= 5.0
    assert "conditional on the atoms" in refit.label
    alone = refit_synthesis(equations, found, psf=psf, sigmas=np.inf)
    assert alone.added == 0
    assert np.isin(alone.indices, found.coefficients.indices).all()


def test_the_error_of_the_total_flux_is_that_of_the_noise(flat):
    """Given the atoms, the least-squares flux scatters over noise draws as stated (all signs allowed)."""
    equations, psf = flat
    dictionary = gaussians(equations.grid, sizes=(2, 5))
    prior = Laplace(0.1 * dictionary.analyse(equations.dirty).max())
    found = solve_synthesis(equations, prior, dictionary, psf=psf)
    refit = refit_synthesis(equations, found, psf=psf, sigmas=np.inf)
    inner = Synthesised(equations, dictionary, psf)
    gram = inner.gram(refit.indices, refit.indices)
    flux = np.asarray(dictionary.weights)[refit.indices // NPIX**2]
    rng = np.random.default_rng(1)
    draws = rng.multivariate_normal(np.zeros(len(gram)), gram, size=4000, method="eigh")
    scatter = (np.linalg.solve(gram, draws.T).T @ flux).std()
    assert refit.total_flux_error == pytest.approx(scatter, rel=0.05)


def test_what_cannot_be_solved_is_refused(flat):
    equations, psf = flat
    prior, dictionary = PositiveLaplace(1e9), gaussians(equations.grid)
    with pytest.raises(GridError, match="dictionary is made for"):
        solve_synthesis(equations, prior, gaussians(Grid(64, cell=1e-4)), psf=psf)
    with pytest.raises(GridError, match="all pixel differences"):
        solve_synthesis(equations, prior, dictionary, psf=psf[:NPIX])
    empty = solve_synthesis(equations, prior, dictionary, psf=psf)
    with pytest.raises(ModelError, match="nothing to refit"):
        refit_synthesis(equations, empty, psf=psf)
