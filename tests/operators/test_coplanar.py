"""Toeplitz normal operator, PSF look-up and the coplanar normal equations against the exact sum."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.operators import Coplanar, Dft, Normal, NormalEquations, measure, psf_gram
from bayesim.sky import Grid


@pytest.mark.parametrize("with_response", [False, True])
def test_toeplitz_and_lookup_equal_a_transpose_w_a(make_vis, rng, twenty_shapes, with_response):
    for seed, shape in enumerate(twenty_shapes):
        grid = Grid(shape, cell="1 arcmin", centre=(0.01, 0.02))
        vis = make_vis(50, grid, seed=seed)
        response = rng.uniform(0.2, 1.0, shape) if with_response else None
        factor = np.ones(shape) if response is None else response
        statistics = measure(vis, grid, response=response)
        operator = Dft.on_grid(vis.u, vis.v, None, grid)
        image = rng.normal(size=shape)
        expected = factor * operator.adjoint(vis.weight * operator.forward(factor * image))
        limit = 1e-10 * np.abs(expected).max()
        assert np.abs(Normal(statistics).apply(image) - expected).max() <= limit
        pixels = np.arange(grid.size)
        looked_up = psf_gram(statistics, pixels, pixels) @ image.ravel()
        assert np.abs(looked_up - expected.ravel()).max() <= limit


def test_transfer_function_is_real_because_the_kernel_is_symmetric(make_vis):
    grid = Grid((7, 10), cell="1 arcmin")
    normal = Normal(measure(make_vis(50, grid), grid))
    assert normal.padded_shape[0] >= 13
    assert normal.padded_shape[1] >= 19
    image = np.zeros(grid.shape)
    image[3, 4] = 1.0
    padded = np.fft.irfft2(np.fft.rfft2(image, s=normal.padded_shape) * normal.transfer, s=normal.padded_shape)
    np.testing.assert_allclose(padded[:7, :10], normal.apply(image), atol=1e-12 * normal.transfer.max())


def test_value_and_gradient_agree(make_vis, rng):
    grid = Grid((9, 8), cell="1 arcmin")
    normal = Normal(measure(make_vis(70, grid), grid))
    image, step = rng.normal(size=(2, *grid.shape))
    _, gradient = normal.value_and_gradient(image)
    up, down = (normal.value_and_gradient(image + s * step)[0] for s in (1.0, -1.0))
    assert up - down == pytest.approx(2 * np.vdot(gradient, step), rel=1e-10)  # exact: the function is quadratic


def test_contract_and_residual(make_vis, rng):
    grid = Grid((14, 11), cell="1 arcmin", centre=(0.02, 0.01))
    vis = make_vis(90, grid)
    equations = Coplanar(measure(vis, grid))
    assert isinstance(equations, NormalEquations)
    assert equations.count == 90
    indices, values = rng.choice(grid.size, 12, replace=False), rng.normal(size=12)
    image = np.zeros(grid.size)
    image[indices] = values
    operator = Dft.on_grid(vis.u, vis.v, None, grid)
    left = vis.data - operator.forward(image)
    residual = equations.residual(indices, values)
    scale = np.sum(vis.weight * np.abs(vis.data))
    assert np.abs(residual.image - operator.adjoint(vis.weight * left)).max() < 1e-10 * scale
    assert residual.energy == pytest.approx(np.vdot(left, vis.weight * left).real, rel=1e-10)


def test_residual_of_the_empty_sky_is_the_dirty_image(make_vis):
    grid = Grid((5, 6), cell="1 arcmin")
    equations = Coplanar(measure(make_vis(30, grid), grid))
    empty = equations.residual(np.array([], dtype=np.int64), np.array([]))
    np.testing.assert_array_equal(empty.image, equations.dirty)
    assert empty.energy == equations.energy


def test_energy_of_a_perfect_fit_is_not_negative(make_vis, rng):
    grid = Grid((6, 6), cell="1 arcmin")
    vis = make_vis(30, grid)
    pixels, values = np.arange(36), rng.normal(size=36)
    exact = Dft.on_grid(vis.u, vis.v, None, grid).forward(values)
    equations = Coplanar(measure(replace(vis, data=exact), grid))
    assert 0.0 <= equations.residual(pixels, values).energy < 1e-10 * equations.energy
