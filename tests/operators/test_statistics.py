"""Sufficient statistics: against the exact sum, additive, independent of chunks and order."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.errors import DataError, GridError
from bayesim.operators import Dft, measure
from bayesim.sky import Grid

GRID = Grid((12, 15), cell="1 arcmin", centre=(0.02, -0.03))


def gap(a, b):
    """Largest difference of two statistics, images relative to their peaks."""
    images = [np.abs(getattr(a, n) - getattr(b, n)).max() / np.abs(getattr(a, n)).max() for n in ("dirty", "psf")]
    numbers = [abs(getattr(a, n) / getattr(b, n) - 1) for n in ("energy", "sum_weight")]
    return max(images + numbers)


def join(a, b):
    names = ("u", "v", "w", "data", "weight", "antenna1", "antenna2", "time", "frequency")
    return replace(a, **{n: np.concatenate([getattr(a, n), getattr(b, n)]) for n in names})


def test_images_equal_the_exact_sum(make_vis):
    vis = make_vis(300, GRID)
    statistics = measure(vis, GRID)
    dirty = Dft.on_grid(vis.u, vis.v, None, GRID).adjoint(vis.weight * vis.data)
    assert np.abs(statistics.dirty - dirty).max() <= 1e-11 * np.sum(vis.weight * np.abs(vis.data))
    offsets = Grid((24, 30), cell=GRID.cell)
    psf = Dft.on_grid(vis.u, vis.v, None, offsets).adjoint(vis.weight.astype(complex))
    assert np.abs(statistics.psf - psf).max() <= 1e-11 * vis.sum_weight
    assert statistics.psf[12, 15] == pytest.approx(vis.sum_weight, rel=1e-11)
    assert statistics.energy == pytest.approx(np.vdot(vis.data, vis.weight * vis.data).real, rel=1e-14)
    assert statistics.count == 300


@pytest.mark.parametrize("chunk", [1, 7, 299])
def test_chunks_change_nothing(make_vis, chunk):
    vis = make_vis(300, GRID)
    assert gap(measure(vis, GRID), measure(vis, GRID, chunk=chunk)) < 1e-12


def test_addition_equals_measuring_together(make_vis):
    a, b = make_vis(200, GRID, seed=1), make_vis(90, GRID, seed=2)
    together, added = measure(join(a, b), GRID), measure(a, GRID) + measure(b, GRID)
    assert gap(together, added) < 1e-12
    assert added.count == 290
    assert added.w_phase == together.w_phase


def test_order_of_rows_changes_nothing(make_vis, rng):
    vis = make_vis(300, GRID)
    order = rng.permutation(300)
    shuffled = replace(vis, **{n: getattr(vis, n)[order] for n in ("u", "v", "w", "data", "weight")})
    assert gap(measure(vis, GRID), measure(shuffled, GRID)) < 1e-12


def test_two_copies_of_half_weight_equal_the_original(make_vis):
    vis = make_vis(300, GRID)
    half = replace(vis, weight=vis.weight / 2)
    assert gap(measure(vis, GRID), measure(join(half, half), GRID)) < 1e-12


def test_rows_of_vanishing_weight_change_nothing(make_vis):
    vis, extra = make_vis(300, GRID), make_vis(50, GRID, seed=3)
    extra = replace(extra, weight=np.full(50, 1e-300))
    assert gap(measure(vis, GRID), measure(join(vis, extra), GRID)) < 1e-12


def test_other_hermitian_half_gives_the_same_images(make_vis):
    vis = make_vis(300, GRID)
    other = replace(vis, u=-vis.u, v=-vis.v, w=-vis.w, data=vis.data.conj())
    assert gap(measure(vis, GRID), measure(other, GRID)) < 1e-11


def test_response_multiplies_the_sky(make_vis, rng):
    vis = make_vis(100, GRID)
    response = rng.uniform(0.1, 1.0, GRID.shape)
    plain, with_response = measure(vis, GRID), measure(vis, GRID, response=response)
    np.testing.assert_array_equal(with_response.dirty, plain.dirty * response)
    np.testing.assert_array_equal(with_response.psf, plain.psf)


def test_neglected_w_phase_is_recorded(make_vis):
    vis = make_vis(100, GRID)
    expected = 2 * np.pi * np.abs(vis.w).max() * np.abs(GRID.n_minus_1).max()
    assert measure(vis, GRID).w_phase == pytest.approx(expected, rel=1e-15)


def test_what_does_not_fit_is_refused(make_vis):
    vis, other = make_vis(20, GRID), Grid((12, 15), cell="1 arcmin")
    with pytest.raises(GridError, match="different grids"):
        measure(vis, GRID) + measure(vis, other)
    with pytest.raises(GridError, match="different responses"):
        measure(vis, GRID) + measure(vis, GRID, response=np.ones(GRID.shape))
    with pytest.raises(GridError, match="response has shape"):
        measure(vis, GRID, response=np.ones((12, 14)))
    with pytest.raises(GridError, match="under-samples the longest baseline"):
        measure(vis, Grid((12, 15), cell="2 arcmin"))
    with pytest.raises(DataError, match="chunk 0"):
        measure(vis, GRID, chunk=0)
