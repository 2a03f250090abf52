"""Gram matrices with w: the blocked product and the look-up in PSF planes against the exact sum."""

import numpy as np
import pytest

from bayesim.operators import Dft, PsfKernel, exact_gram, measure, psf_gram
from bayesim.sky import Grid


def reference(vis, grid, rows, columns, *, coplanar=False):
    """``Re A_r^H W A_c`` from columns of A."""
    w = None if coplanar else vis.w
    a, b = (Dft(vis.u, vis.v, w, *grid.directions(i)) for i in (rows, columns))
    scaled = [vis.weight * b.forward(unit) for unit in np.eye(len(columns))]
    return np.column_stack([a.adjoint(column) for column in scaled])


def pixels(grid, rng):
    return rng.integers(0, grid.size, 7), rng.integers(0, grid.size, 4)


def test_blocked_product(make_vis, rng, twenty_shapes, monkeypatch):
    monkeypatch.setattr("bayesim.operators.gram._BLOCK_NUMBERS", 200)  # several blocks
    for seed, shape in enumerate(twenty_shapes):
        grid = Grid(shape, cell="10 arcmin", centre=(0.05, 0.02))
        vis = make_vis(60, grid, seed=seed, longest_w=300.0)
        rows, columns = pixels(grid, rng)
        sides = {"rows": grid.directions(rows), "columns": grid.directions(columns)}
        gram = exact_gram(vis.u, vis.v, vis.w, vis.weight, **sides)
        assert np.abs(gram - reference(vis, grid, rows, columns)).max() <= 1e-11 * vis.sum_weight
        flat = exact_gram(vis.u, vis.v, None, vis.weight, **sides)
        assert np.abs(flat - psf_gram(measure(vis, grid), rows, columns)).max() <= 1e-10 * vis.sum_weight
        square = exact_gram(vis.u, vis.v, vis.w, vis.weight, grid.directions(rows))
        np.testing.assert_array_equal(square, square.T)
        assert np.abs(square - reference(vis, grid, rows, rows)).max() <= 1e-11 * vis.sum_weight


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("tolerance", [1e-6, 1e-10])
def test_kernel_between_pixels(make_vis, rng, twenty_shapes, tolerance, threads):
    for seed, shape in enumerate(twenty_shapes):
        grid = Grid(shape, cell="10 arcmin", centre=(0.05, 0.02))
        vis = make_vis(60, grid, seed=seed, longest_w=300.0)
        rows, columns = pixels(grid, rng)
        kernel = PsfKernel(vis.u, vis.v, vis.w, vis.weight, grid, tolerance=tolerance, threads=threads)
        found = kernel.between(grid.directions(rows), grid.directions(columns))
        assert np.abs(found - reference(vis, grid, rows, columns)).max() <= tolerance * vis.sum_weight


def test_kernel_of_coplanar_data_is_one_psf(make_vis, rng):
    grid = Grid((9, 10), cell="10 arcmin")
    vis = make_vis(60, grid, longest_w=0.0)
    rows, columns = pixels(grid, rng)
    kernel = PsfKernel(vis.u, vis.v, vis.w, vis.weight, grid, tolerance=1e-10)
    found = kernel.between(grid.directions(rows), grid.directions(columns))
    assert np.abs(found - psf_gram(measure(vis, grid), rows, columns)).max() < 1e-9 * vis.sum_weight
