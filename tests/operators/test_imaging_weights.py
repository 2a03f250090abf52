"""Imaging weights: formulas on known coverages, what they do to beam and noise, and that no likelihood takes them."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.data import from_arrays
from bayesim.errors import DataError, GridError
from bayesim.maps import dirty, fit_beam
from bayesim.operators import Coplanar, Dft, ImagingWeights, briggs, measure, natural, uniform, weighted_dirty
from bayesim.sky import Grid

GRID = Grid(96, cell="5 arcsec")


def coverage(*, n=4000, seed=2, w=0.0, sigma=None):
    """A core and long baselines: density falls with distance, so weighting matters."""
    rng = np.random.default_rng(seed)
    u, v = (0.1 / GRID.cell * rng.standard_t(4, size=(2, n))).clip(-0.45 / GRID.cell, 0.45 / GRID.cell)
    data = rng.normal(size=n) + 1j * rng.normal(size=n)
    sigma = rng.uniform(0.5, 2, n) if sigma is None else np.full(n, sigma)
    return from_arrays(u, v, data, w=rng.uniform(-w, w, n), sigma=sigma)


@pytest.fixture(scope="module")
def vis():
    return coverage()


def cells(vis):
    """Sum of weights by cell, both Hermitian halves, in a dictionary."""
    sums = {}
    for u, v, weight in zip(vis.u, vis.v, vis.weight, strict=True):
        for sign in (1, -1):
            key = (sign * round(u * GRID.fov[1]), sign * round(v * GRID.fov[0]))
            sums[key] = sums.get(key, 0.0) + weight
    own = [sums[round(u * GRID.fov[1]), round(v * GRID.fov[0])] for u, v in zip(vis.u, vis.v, strict=True)]
    return np.array(own), sums


def test_formulas_cell_by_cell(vis):
    own, sums = cells(vis)
    np.testing.assert_allclose(uniform(vis, GRID).values, vis.weight / own, rtol=1e-12)
    squares = sum(value**2 for value in sums.values())
    for robust in (-2, 0, 0.5, 2):
        scale = (5 * 10**-robust) ** 2 / (squares / sum(sums.values()))
        expected = vis.weight / (1 + own * scale)
        np.testing.assert_allclose(briggs(vis, GRID, robust=robust).values, expected, rtol=1e-12)


def test_every_cell_counts_once_in_uniform_weights(vis):
    own, sums = cells(vis)
    share = uniform(vis, GRID).values
    by_cell = {}
    for value, u, v in zip(share, vis.u, vis.v, strict=True):
        key = round(u * GRID.fov[1]), round(v * GRID.fov[0])
        key = max(key, (-key[0], -key[1]))
        by_cell[key] = by_cell.get(key, 0.0) + value
    # the cell of the origin is its own mirror: each visibility is in it twice
    for key, value in by_cell.items():
        assert value == pytest.approx(0.5 if key == (0, 0) else 1.0)
    assert len(sums) == 2 * len(by_cell) - ((0, 0) in by_cell)
    assert own.size == len(vis)


def test_robust_goes_from_uniform_to_natural(vis):
    def distance(robust, other):
        mine, other = briggs(vis, GRID, robust=robust).values, other.values
        return np.abs(mine / mine.sum() - other / other.sum()).sum()

    to_natural = [distance(r, natural(vis)) for r in (-4, -1, 0, 1, 4)]
    to_uniform = [distance(r, uniform(vis, GRID)) for r in (-4, -1, 0, 1, 4)]
    assert np.all(np.diff(to_natural) < 0)
    assert np.all(np.diff(to_uniform) > 0)
    assert to_natural[-1] < 1e-5
    assert to_uniform[0] < 1e-5


def test_a_narrow_beam_is_paid_for_in_noise(vis):
    kinds = [uniform(vis, GRID), briggs(vis, GRID, robust=0), natural(vis)]
    images = [weighted_dirty(vis, GRID, weights) for weights in kinds]
    widths = [fit_beam(image.psf, cell=GRID.cell).major for image in images]
    assert widths[0] < widths[1] < widths[2]
    assert images[0].sigma > images[1].sigma > images[2].sigma
    assert images[2].sigma == pytest.approx(vis.sigma_image)


def test_the_noise_is_that_of_many_draws():
    vis = coverage(n=600)
    weights, rng = uniform(vis, GRID), np.random.default_rng(8)
    centre = []
    for _ in range(2000):
        noise = rng.normal(size=(2, len(vis))) / np.sqrt(vis.weight)
        centre.append(np.sum(weights.values * noise[0]) / weights.values.sum())
    assert np.std(centre) == pytest.approx(weights.noise(vis), rel=0.06)


def test_natural_weights_give_the_dirty_image_of_the_statistics(vis):
    statistics = measure(vis, GRID)
    image = weighted_dirty(vis, GRID, natural(vis), tolerance=1e-10)
    np.testing.assert_allclose(image.image, dirty(statistics).values, atol=1e-8)
    np.testing.assert_allclose(image.psf, statistics.psf / statistics.sum_weight, atol=1e-8)


def test_w_terms_and_axes_against_the_exact_sum():
    vis = coverage(n=300, w=3e4)
    weights = briggs(vis, GRID, robust=-0.5).tapered(vis, fwhm="12 arcsec")
    image = weighted_dirty(vis, GRID, weights, tolerance=1e-9)
    pixels = np.array([0, 17 * 96 + 80, 48 * 96 + 48, 90 * 96 + 3])
    share = weights.values / weights.values.sum()
    exact = Dft(vis.u, vis.v, vis.w, *GRID.directions(pixels)).adjoint(share * vis.data)
    np.testing.assert_allclose(image.image.ravel()[pixels], exact, atol=1e-7)
    assert image.psf[96, 96] == pytest.approx(1)


def test_a_taper_is_a_gaussian_on_the_sky():
    """Of a Gaussian coverage the PSF is a Gaussian: widths add in quadrature."""
    rng = np.random.default_rng(4)
    u, v = rng.normal(scale=0.12 / GRID.cell, size=(2, 40_000)).clip(-0.48 / GRID.cell, 0.48 / GRID.cell)
    vis = from_arrays(u, v, np.ones(u.size, dtype=complex), sigma=np.ones(u.size))
    fwhm = np.sqrt(8 * np.log(2)) / (2 * np.pi * 0.12 / GRID.cell)
    taper = 1.5 * fwhm
    for weights, expected in ((natural(vis), fwhm), (natural(vis).tapered(vis, fwhm=taper), np.hypot(fwhm, taper))):
        beam = fit_beam(weighted_dirty(vis, GRID, weights).psf, cell=GRID.cell)
        assert beam.major == pytest.approx(expected, rel=0.03)
        assert beam.minor == pytest.approx(expected, rel=0.03)


def test_nothing_that_is_a_likelihood_takes_them(vis):
    weights = uniform(vis, GRID)
    with pytest.raises(DataError, match="not noise weights"):
        replace(vis, weight=weights)
    with pytest.raises(DataError, match="not noise weights"):
        from_arrays(vis.u, vis.v, vis.data, weight=weights)
    with pytest.raises(DataError, match="not noise weights"):
        np.asarray(weights)
    with pytest.raises(TypeError):
        _ = vis.weight * weights
    with pytest.raises(AttributeError):
        Coplanar(weighted_dirty(vis, GRID, weights))


def test_wrong_weights_are_refused(vis):
    with pytest.raises(DataError, match="make ImagingWeights"):
        weighted_dirty(vis, GRID, vis.weight)
    with pytest.raises(DataError, match="for these data"):
        weighted_dirty(vis, GRID, natural(coverage(n=10)))
    with pytest.raises(DataError, match="not negative"):
        ImagingWeights(np.array([1.0, -1.0]), "my")
    with pytest.raises(DataError, match="robust"):
        briggs(vis, GRID, robust=np.nan)
    with pytest.raises(DataError, match="taper"):
        natural(vis).tapered(vis, fwhm=0.0)
    with pytest.raises(GridError, match="under-samples"):
        weighted_dirty(vis, Grid(32, cell="50 arcsec"), natural(vis))


def test_the_map_names_weights_and_noise(vis):
    image = weighted_dirty(vis, GRID, briggs(vis, GRID, robust=0.5))
    shown = dirty(image)
    assert "robust 0.5" in shown.label
    assert f"{image.sigma:.3g} Jy" in shown.label
    np.testing.assert_array_equal(shown.values, image.image)
