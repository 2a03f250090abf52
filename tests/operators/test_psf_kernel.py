"""The PSF between directions against exact sums."""

import numpy as np
import pytest

from bayesim.errors import GridError
from bayesim.operators import PsfKernel, exact_gram
from bayesim.sky import Grid


def _case(seed, *, n_vis=300):
    rng = np.random.default_rng(seed)
    u, v, w = rng.uniform(-1, 1, (3, n_vis)) * np.array([[400], [300], [500]])
    grid = Grid((60, 70), cell="4 arcmin", centre=(0.01, -0.02))
    l = rng.uniform(grid.l.min(), grid.l.max(), 25)
    m = rng.uniform(grid.m.min(), grid.m.max(), 25)
    return u, v, w, rng.uniform(0.5, 2, n_vis), grid, (l, m)


@pytest.mark.parametrize("tolerance", [1e-4, 1e-8, 1e-11])
def test_gram_is_the_exact_one(tolerance):
    u, v, w, weight, grid, directions = _case(1)
    kernel = PsfKernel(u, v, w, weight, grid, tolerance=tolerance, threads=2)
    exact = exact_gram(u, v, w, weight, directions)
    gram = kernel.between(directions)
    assert np.abs(gram - exact).max() <= tolerance * weight.sum()
    np.testing.assert_array_equal(gram, gram.T)
    some = tuple(c[:7] for c in directions)
    np.testing.assert_allclose(kernel.between(some, directions), gram[:7], atol=1e-12 * weight.sum())
    assert kernel.between((np.empty(0), np.empty(0)), directions).shape == (0, 25)


def test_many_pairs_are_done_in_parts(monkeypatch):
    u, v, w, weight, grid, directions = _case(2)
    kernel = PsfKernel(u, v, w, weight, grid)
    whole = kernel.between(directions)
    monkeypatch.setattr("bayesim.operators.psf_kernel._PAIRS", 60)
    np.testing.assert_array_equal(kernel.between(directions), whole)


def test_derivatives_against_differences_of_the_exact_gram():
    u, v, w, weight, grid, (l, m) = _case(3)
    i, j = (k.ravel() for k in np.indices((l.size, l.size)))
    jet = PsfKernel(u, v, w, weight, grid, tolerance=1e-10).jet((l, m), (l, m), i, j).reshape(l.size, l.size, 10)
    dl, dm = l[:, None] - l, m[:, None] - m
    dn = np.sqrt(1 - l**2 - m**2)[:, None] - np.sqrt(1 - l**2 - m**2)
    phase = 2 * np.pi * (np.multiply.outer(dl, u) + np.multiply.outer(dm, v) + np.multiply.outer(dn, w))
    turns = [2 * np.pi * b for b in (u, v, w)]
    exact = [np.cos(phase) @ weight, *(-np.sin(phase) @ (weight * b) for b in turns)]
    exact += [-np.cos(phase) @ (weight * a * b) for i, a in enumerate(turns) for b in turns[i:]]
    for k, right in enumerate(exact):
        assert np.abs(jet[..., k] - right).max() <= 1e-7 * np.abs(right).max()


def test_bad_input_is_refused():
    u, v, w, weight, grid, (l, m) = _case(4)
    kernel = PsfKernel(u, v, w, weight, grid)
    with pytest.raises(GridError, match="differ by"):
        kernel.between((l + 0.2, m), (l, m))
    with pytest.raises(GridError, match="tolerance"):
        PsfKernel(u, v, w, weight, grid, tolerance=0.0)
    with pytest.raises(GridError, match="threads"):
        PsfKernel(u, v, w, weight, grid, threads=0)
