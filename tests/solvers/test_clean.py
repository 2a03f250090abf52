"""CLEAN: known fields, the truth about where it stopped, and what it is worth as a LASSO."""

import numpy as np
import pytest

from bayesim.data import from_arrays
from bayesim.errors import GridError, ModelError
from bayesim.operators import Coplanar, WideField, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import CottonSchwab, Hogbom, MultiscaleClean, PolyClean, Stopping
from bayesim.solvers._clean_scales import scale_bias, shape_kernel

GRID = Grid(64, cell="10 arcsec")
POINTS = ((20, 41, 2.0), (33, 30, 1.0), (50, 12, -0.4))
"""Row, column, Jy."""

EVERY = [Hogbom, CottonSchwab, MultiscaleClean]


def observed(image, *, grid=GRID, w=0.0, sigma=0.1, seed=None, n=900):
    """Visibilities of an image, with w up to a number of wavelengths, and their equations."""
    rng = np.random.default_rng(3)
    u, v = rng.normal(scale=0.12 / grid.cell, size=(2, n)).clip(-0.4 / grid.cell, 0.4 / grid.cell)
    blank = from_arrays(u, v, np.zeros(n, dtype=complex), w=rng.uniform(-w, w, n), sigma=np.full(n, sigma))
    pixels = np.flatnonzero(image)
    l, m = grid.directions(pixels)
    turns = np.outer(blank.u, l) + np.outer(blank.v, m) + np.outer(blank.w, np.sqrt(1 - l**2 - m**2) - 1)
    data = np.exp(-2j * np.pi * turns) @ image.ravel()[pixels]
    if seed is not None:
        noise = np.random.default_rng(seed).normal(scale=sigma, size=(2, n))
        data = data + noise[0] + 1j * noise[1]
    return from_arrays(blank.u, blank.v, data, w=blank.w, sigma=np.full(n, sigma))


def sky(points=POINTS, grid=GRID):
    image = np.zeros(grid.shape)
    for row, column, flux in points:
        image[row, column] = flux
    return image


@pytest.fixture(scope="module")
def noiseless():
    statistics = measure(observed(sky()), GRID)
    return Coplanar(statistics), statistics.psf


@pytest.fixture(scope="module")
def noisy():
    statistics = measure(observed(sky(), seed=5), GRID)
    return Coplanar(statistics), statistics.psf


@pytest.mark.parametrize("kind", [Hogbom, CottonSchwab])
def test_a_point_on_a_pixel_is_recovered_to_the_gain(kind):
    statistics = measure(observed(sky(POINTS[:1])), GRID)
    limit = 1e-3
    stopping = Stopping(sigmas=0, flux=limit)
    model = kind(gain=0.2, stopping=stopping).deconvolve(Coplanar(statistics), statistics.psf)
    row, column, flux = POINTS[0]
    assert model.indices.tolist() == [row * 64 + column]
    # the last step was taken from above the threshold, and took a fifth
    assert 0.8 * limit <= flux - model.image[row, column] <= limit
    # a geometric series: each iteration leaves 0.8
    assert model.iterations == int(np.ceil(np.log(limit / flux) / np.log(0.8)))
    assert model.converged


@pytest.mark.parametrize("kind", EVERY)
def test_sidelobes_are_taken_away(noiseless, kind):
    equations, psf = noiseless
    dirty = equations.dirty / equations.sum_weight
    away = np.ones(GRID.shape, dtype=bool)
    for row, column, _ in POINTS:
        away[row - 4 : row + 5, column - 4 : column + 5] = False
    assert np.abs(dirty[away]).max() > 0.1
    model = kind(stopping=Stopping(sigmas=0, flux=2e-3)).deconvolve(equations, psf)
    assert model.converged
    assert np.abs(model.residual / model.sum_weight).max() <= 2e-3 * (1 + 1e-6)
    for row, column, flux in POINTS:
        assert model.image[row - 2 : row + 3, column - 2 : column + 3].sum() == pytest.approx(flux, abs=0.03)


def test_minor_iterations_are_those_of_hogbom(noiseless):
    """Written out again, pixel by pixel."""
    equations, psf = noiseless
    left, image = equations.dirty / equations.sum_weight, np.zeros(GRID.shape)
    for _ in range(25):
        row, column = np.unravel_index(np.argmax(np.abs(left)), left.shape)
        amount = 0.1 * left[row, column]
        image[row, column] += amount
        seen = psf[64 - row : 128 - row, 64 - column : 128 - column] / psf[64, 64]
        left = left - amount * seen
    model = Hogbom(stopping=Stopping(sigmas=0, max_iterations=25)).deconvolve(equations, psf)
    np.testing.assert_allclose(model.image, image, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(model.residual / model.sum_weight, left, atol=1e-10)
    assert "max_iterations" in model.reason
    assert not model.converged


@pytest.mark.parametrize("kind", EVERY)
def test_the_residual_is_that_of_the_components(noisy, kind):
    equations, psf = noisy
    model = kind().deconvolve(equations, psf)
    exact = equations.residual(np.arange(GRID.size), model.image.ravel())
    np.testing.assert_allclose(model.residual, exact.image, atol=1e-9 * np.abs(equations.dirty).max())
    assert model.residual_energy == pytest.approx(exact.energy, rel=1e-9)
    # the noise is what is left: sigma of the image, from the weights
    assert model.history[-1].sigma == pytest.approx(model.sigma_image, rel=0.15)
    assert model.converged
    assert model.history[-1].peak <= 3.0 * model.history[-1].sigma * (1 + 1e-6)


def test_a_threshold_in_jansky_counts_when_it_is_higher(noisy):
    equations, psf = noisy
    model = CottonSchwab(stopping=Stopping(flux=0.2)).deconvolve(equations, psf)
    assert 0.04 < model.history[-1].peak <= 0.2
    assert "threshold 0.2" in model.reason


def test_w_terms_are_closed_by_the_major_cycles():
    """Half a degree off the centre the w phase is a radian: the centre PSF is wrong there, and Hogbom cannot know."""
    grid = Grid(64, cell="1.5 arcmin")
    image = sky(((58, 5, 1.0), (33, 30, 0.5)), grid)
    vis = observed(image, grid=grid, w=2e3)
    psf, equations = measure(vis, grid).psf, WideField(vis, grid, tolerance=1e-9)
    stopping = Stopping(sigmas=0, flux=1e-3)
    cotton = CottonSchwab(stopping=stopping).deconvolve(equations, psf)
    assert cotton.converged
    assert cotton.cycles > 3
    np.testing.assert_allclose(cotton.image, image, atol=2e-3)
    hogbom = Hogbom(stopping=Stopping(sigmas=0, flux=1e-3, max_iterations=2000)).deconvolve(equations, psf)
    assert not hogbom.converged
    assert "exact residual" in hogbom.reason
    assert np.abs(hogbom.residual).max() > 20 * np.abs(cotton.residual).max()


def test_positive_components_only(noisy):
    equations, psf = noisy
    model = CottonSchwab(positive=True).deconvolve(equations, psf)
    assert model.image.min() == 0
    assert model.residual[50, 12] / model.sum_weight == pytest.approx(-0.4, abs=0.05)


def test_a_mask_keeps_components_on_the_sources(noisy):
    equations, psf = noisy
    deep = Stopping(sigmas=0, flux=0.7 * equations.sum_weight**-0.5, max_iterations=20_000)
    free = CottonSchwab(stopping=deep).deconvolve(equations, psf)
    masked = CottonSchwab(auto_mask=5, stopping=deep).deconvolve(equations, psf)
    assert masked.converged
    assert masked.indices.size < free.indices.size / 10
    for row, column, flux in POINTS:
        near = masked.image[row - 2 : row + 3, column - 2 : column + 3]
        assert near.sum() == pytest.approx(flux, abs=5 * masked.sigma_image)
    assert abs(masked.image).sum() == pytest.approx(3.4, abs=0.05)


def gaussian(flux=5.0, fwhm=14.0):
    y, x = np.mgrid[:64, :64]
    profile = np.exp(-4 * np.log(2) * ((x - 30) ** 2 + (y - 35) ** 2) / fwhm**2)
    return flux * profile / profile.sum()


def test_multiscale_recovers_extended_flux_that_points_lose():
    vis = observed(gaussian(), seed=7, sigma=0.1)
    statistics = measure(vis, GRID)
    equations = Coplanar(statistics)
    many = MultiscaleClean(scales=(0, 8, 16, 32)).deconvolve(equations, statistics.psf)
    points = CottonSchwab().deconvolve(equations, statistics.psf)
    assert many.image.sum() == pytest.approx(5.0, rel=0.04)  # the threshold leaves the wings
    error = [np.linalg.norm(model.image - gaussian()) / np.linalg.norm(gaussian()) for model in (many, points)]
    assert error[0] < 0.08
    assert error[1] > 5 * error[0]
    assert many.iterations < points.iterations / 4
    assert points.image.sum() < 4.2


def test_a_single_scale_of_zero_is_cotton_schwab(noisy):
    equations, psf = noisy
    one = MultiscaleClean(scales=(0.0,)).deconvolve(equations, psf)
    np.testing.assert_array_equal(one.image, CottonSchwab().deconvolve(equations, psf).image)


def test_as_a_lasso_the_components_are_not_optimal_and_the_gap_says_how_far(noisy):
    equations, psf = noisy
    prior = PositiveLaplace(0.05 * equations.dirty.max())
    model = CottonSchwab(positive=True).deconvolve(equations, psf)
    best = PolyClean(relative_gap=1e-8).solve(equations, prior)
    state = model.optimality(prior)
    assert state.objective > best.objective
    assert state.objective - best.objective <= state.gap
    own = best.prior.value(best.fluxes) + 0.5 * best.residual_energy
    assert best.objective == pytest.approx(own)


@pytest.mark.parametrize("size", [8.0, 21.0, 40.0])
def test_shapes_have_unit_sum_and_the_width_they_claim(size):
    kernel = shape_kernel(size)
    y, x = np.indices(kernel.shape) - kernel.shape[0] // 2
    assert kernel.sum() == pytest.approx(1)
    assert kernel.min() >= 0
    across = kernel[kernel.shape[0] // 2]
    width = np.interp(0.5, across[across.size // 2 :][::-1] / across.max(), np.arange(across.size // 2 + 1)[::-1])
    assert 2 * width == pytest.approx(0.43 * size, rel=0.04)
    assert np.all(kernel[np.hypot(x, y) >= size / 2] == 0)
    assert (kernel * y).sum() == pytest.approx(0, abs=1e-12)


def test_each_doubling_of_a_scale_is_worth_the_bias():
    assert shape_kernel(0).tolist() == [[1.0]]
    np.testing.assert_allclose(scale_bias((0, 6, 12, 24), 0.6), [1, 1 / 0.6, 1 / 0.6**2, 1 / 0.6**3])


@pytest.mark.parametrize(
    ("solver", "words"),
    [
        (CottonSchwab(gain=0.0), "gain 0.0"),
        (CottonSchwab(mgain=1.5), "mgain 1.5"),
        (MultiscaleClean(bias=0.0), "bias 0.0"),
        (MultiscaleClean(scales=(8.0, 0.0)), "ascending"),
        (MultiscaleClean(scales=(0.0, 100.0)), "larger than the image"),
    ],
)
def test_parameters_out_of_range_are_refused(noiseless, solver, words):
    with pytest.raises(ModelError, match=words):
        solver.deconvolve(*noiseless)


@pytest.mark.parametrize("change", [{"sigmas": -1.0}, {"flux": np.nan}, {"max_cycles": 0}])
def test_a_stop_that_cannot_be_is_refused(change):
    with pytest.raises(ModelError, match=next(iter(change))):
        Stopping(**change)


def test_a_psf_that_does_not_fit_is_refused(noiseless):
    equations, psf = noiseless
    with pytest.raises(GridError, match="needs"):
        CottonSchwab().deconvolve(equations, psf[32:96, 32:96])
    with pytest.raises(GridError, match="peak"):
        CottonSchwab().deconvolve(equations, -psf)


def test_a_psf_that_is_far_too_narrow_is_reported_as_divergence(noiseless):
    """With a lone pixel for a PSF every sidelobe becomes a component, and the sum overshoots."""
    equations, psf = noiseless
    stopping = Stopping(sigmas=0, flux=1e-3, max_cycles=10)
    model = CottonSchwab(gain=1.0, stopping=stopping).deconvolve(equations, np.where(psf == psf.max(), psf, 0.0))
    assert not model.converged
    assert model.reason.startswith("diverging")


def test_cycles_are_announced(noisy):
    seen = []
    model = CottonSchwab().deconvolve(*noisy, progress=seen.append)
    assert tuple(seen) == model.history
    assert model.cycles == len(seen) - 1
