"""Normal equations with w against the exact sum, and which Gram they use."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from bayesim.errors import GridError
from bayesim.operators import Coplanar, Dft, NormalEquations, Residual, WideField, measure
from bayesim.sky import Grid

GRID = Grid((14, 19), cell="10 arcmin", centre=(0.05, -0.02))


@pytest.fixture
def vis(make_vis):
    return make_vis(150, GRID, longest_w=300.0)


@pytest.mark.parametrize("with_response", [False, True])
def test_residual_and_gram_equal_the_exact_ones(vis, rng, with_response):
    response = rng.uniform(0.2, 1.0, GRID.shape) if with_response else None
    factor = np.ones(GRID.shape) if response is None else response
    equations = WideField(vis, GRID, response=response, tolerance=1e-9, threads=2)
    assert isinstance(equations, NormalEquations)
    indices, values = rng.choice(GRID.size, 12, replace=False), rng.normal(size=12)
    image = np.zeros(GRID.size)
    image[indices] = values
    exact = Dft.on_grid(vis.u, vis.v, vis.w, GRID)
    left = vis.data - exact.forward(factor * image.reshape(GRID.shape))
    residual = equations.residual(indices, values)
    scale = np.sum(vis.weight * np.abs(left))
    assert np.abs(residual.image - factor * exact.adjoint(vis.weight * left)).max() <= 1e-9 * scale
    assert residual.energy == pytest.approx(np.sum(vis.weight * np.abs(left) ** 2), rel=1e-9)
    # moving the sky by h moves the residual by -G h: the Gram is the one of this operator
    step = rng.normal(size=12)
    moved = equations.residual(indices, values + step).image.ravel()[indices]
    expected = residual.image.ravel()[indices] - equations.gram(indices, indices) @ step
    np.testing.assert_allclose(moved, expected, atol=1e-7 * vis.sum_weight)


def test_empty_sky(vis):
    equations = WideField(vis, GRID)
    empty = equations.residual(np.array([], dtype=np.int64), np.array([]))
    np.testing.assert_array_equal(empty.image, equations.dirty)
    assert empty.energy == equations.energy
    assert equations.count == 150
    assert equations.sum_weight == vis.sum_weight
    assert equations.gram(np.array([], dtype=np.int64), np.array([3])).shape == (0, 1)


def test_no_cancellation_at_a_perfect_fit(vis, rng):
    indices, values = rng.choice(GRID.size, 5, replace=False), rng.uniform(1, 2, 5)
    object.__setattr__(vis, "data", Dft(vis.u, vis.v, vis.w, *GRID.directions(indices)).forward(values))
    equations = WideField(vis, GRID)
    # every visibility of the model is right to the tolerance times the total flux
    assert equations.residual(indices, values).energy < (1e-7 * values.sum()) ** 2 * vis.sum_weight


@pytest.mark.parametrize("with_response", [False, True])
@pytest.mark.parametrize("floor", [0.0, 0.5])
def test_extremes_are_those_of_the_image(make_vis, with_response, floor):
    grid = Grid((170, 150), cell="1 arcmin", centre=(0.05, -0.02))
    vis = make_vis(150, Grid((17, 15), cell="10 arcmin", centre=grid.centre), longest_w=300.0)
    response = 1 / (1 + 100 * grid.l[None, :] ** 2 + 0 * grid.m[:, None]) if with_response else None
    residual = WideField(vis, grid, response=response).residual(np.array([1000, 20000]), np.array([0.5, 0.2]))
    image = residual.image
    for sign, search in ((1, residual.maxima), (-1, residual.minima)):
        heights = sign * image
        level = floor * heights.max()
        indices, values = search(sign * level)
        np.testing.assert_allclose(values, image.ravel()[indices], rtol=1e-12)
        assert (sign * values).max() == pytest.approx(heights.max(), rel=1e-12)
        assert np.isin(indices, Residual(heights, residual.energy).maxima(level)[0]).all()
        # maxima closer than two lattice cells (5 pixels each) may be found as one
        apart = (ndimage.maximum_filter(heights, size=21) == heights) & (heights >= max(level, 0.2 * heights.max()))
        assert np.isin(np.flatnonzero(apart), indices).all()


def test_the_smallest_pixel_of_an_image_that_is_positive_everywhere(make_vis):
    grid = Grid((60, 50), cell="1 arcmin")
    vis = make_vis(150, Grid((6, 5), cell="10 arcmin"), longest_w=0.0)
    # visibilities of the zero spacing lift the whole image
    vis = replace(vis, u=0.01 * vis.u, v=0.01 * vis.v, data=np.full(150, 5.0 + 0j))
    residual = WideField(vis, grid).residual(np.array([], dtype=np.int64), np.array([]))
    assert residual.image.min() > 0
    assert residual.minima(-1.0)[1].min() == residual.image.min()
    assert residual.maxima(1.0)[1].max() == residual.image.max()


def test_without_w_it_agrees_with_coplanar(make_vis, rng):
    vis = make_vis(150, GRID, longest_w=0.0)
    wide, flat = WideField(vis, GRID, tolerance=1e-10), Coplanar(measure(vis, GRID))
    indices, values = rng.choice(GRID.size, 12, replace=False), rng.normal(size=12)
    a, b = wide.residual(indices, values), flat.residual(indices, values)
    np.testing.assert_allclose(a.image, b.image, atol=1e-8 * vis.sum_weight)
    assert a.energy == pytest.approx(b.energy, rel=1e-9)


def test_refusals(vis):
    with pytest.raises(GridError, match="under-samples"):
        WideField(vis, Grid((14, 19), cell="20 arcmin"))
    with pytest.raises(GridError, match="response"):
        WideField(vis, GRID, response=np.full(GRID.shape, np.nan))
