"""Properties of every operator: linear, shifts are phases, conjugate baselines; nothing is n_vis x n_pix."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesim.operators import Dft, Sparse, Wide, WideField, measure
from bayesim.sky import Grid

sides = st.integers(1, 12)
seeds = st.integers(0, 2**32 - 1)


def case(rows, columns, seed):
    rng = np.random.default_rng(seed)
    grid = Grid((rows, columns), cell="10 arcmin", centre=(0.03, 0.05))
    nyquist = 0.5 / grid.cell
    u, v = rng.uniform(-nyquist, nyquist, (2, 20))
    return rng, grid, u, v, rng.uniform(-100, 100, 20)


def operators(u, v, w, grid):
    l, m = (np.ravel(c) for c in np.broadcast_arrays(grid.l[None, :], grid.m[:, None]))
    return [Dft.on_grid(u, v, w, grid), Wide(u, v, w, grid, tolerance=1e-8), Sparse(u, v, w, l, m)]


@given(sides, sides, seeds)
@settings(max_examples=25, deadline=None)
def test_linear(rows, columns, seed):
    rng, grid, u, v, w = case(rows, columns, seed)
    for operator in operators(u, v, w, grid):
        x, y = rng.normal(size=(2, *operator.shape))
        together = operator.forward(2.0 * x - 3.0 * y)
        apart = 2.0 * operator.forward(x) - 3.0 * operator.forward(y)
        np.testing.assert_allclose(together, apart, atol=1e-11 * (np.abs(x).sum() + np.abs(y).sum()))


@given(sides, sides, seeds)
@settings(max_examples=25, deadline=None)
def test_moving_the_grid_is_a_phase_without_w(rows, columns, seed):
    rng, grid, u, v, w = case(rows, columns, seed)
    image, (dl, dm) = rng.normal(size=grid.shape), rng.uniform(-0.05, 0.05, 2)
    moved = Grid(grid.shape, cell=grid.cell, centre=(grid.centre[0] + dl, grid.centre[1] + dm))
    for here, there in zip(operators(u, v, 0 * w, grid), operators(u, v, 0 * w, moved), strict=True):
        x = image.reshape(here.shape)
        expected = here.forward(x) * np.exp(-2j * np.pi * (u * dl + v * dm))
        np.testing.assert_allclose(there.forward(x), expected, atol=2e-8 * np.abs(x).sum())


@given(sides, sides, seeds)
@settings(max_examples=25, deadline=None)
def test_opposite_baselines_give_conjugates(rows, columns, seed):
    rng, grid, u, v, w = case(rows, columns, seed)
    for one, other in zip(operators(u, v, w, grid), operators(-u, -v, -w, grid), strict=True):
        x = rng.normal(size=one.shape)
        np.testing.assert_allclose(other.forward(x), one.forward(x).conj(), atol=2e-8 * np.abs(x).sum())


def test_source_of_every_operator_lies_east_and_north():
    _, grid, u, v, w = case(12, 10, 7)
    image = np.zeros(grid.shape)
    image[9, 1] = 1.0
    l, m = grid.l[1], grid.m[9]
    assert l > grid.centre[0]
    assert m > grid.centre[1]
    expected = np.exp(-2j * np.pi * (u * l + v * m + w * (np.sqrt(1 - l**2 - m**2) - 1)))
    for operator in operators(u, v, w, grid):
        np.testing.assert_allclose(operator.forward(image.reshape(operator.shape)), expected, atol=1e-8)


@pytest.mark.parametrize("what", ["dft", "wide", "statistics", "wide_field"])
def test_memory_is_far_from_visibilities_times_pixels(make_vis, what):
    grid = Grid(96, cell="2 arcmin")
    vis = make_vis(20_000, grid)  # 20 000 x 9 216 complex numbers would be 2.9 GB
    jobs = {
        "dft": lambda: Dft.on_grid(vis.u[:2000], vis.v[:2000], vis.w[:2000], grid).adjoint(vis.data[:2000]),
        "wide": lambda: Wide(vis.u, vis.v, vis.w, grid).adjoint(vis.data),
        "statistics": lambda: measure(vis, grid),
        "wide_field": lambda: WideField(vis, grid).residual(np.arange(200), np.ones(200)),
    }
    tracemalloc.start()
    jobs[what]()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6
