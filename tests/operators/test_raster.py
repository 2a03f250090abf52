"""Planes on regular grids against look-ups point by point."""

import numpy as np
import pytest

from bayesim.conventions import w_phase_cosine
from bayesim.operators import _raster
from bayesim.operators._planes import Box, Planes
from bayesim.operators._raster import raster
from bayesim.sky import Grid


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("w", [0.0, 400.0])
def test_every_pixel_is_what_a_look_up_gives(w, threads, monkeypatch):
    monkeypatch.setattr(_raster, "_COLUMNS", 50)
    rng = np.random.default_rng(0)
    grid = Grid((70, 110), cell=4e-4, centre=(0.03, -0.02))
    u, v, t = rng.uniform(-1, 1, (3, 300)) * np.array([[300], [200], [w]])
    planes = Planes(u, v, t, Box.of(grid), tolerance=1e-6, threads=threads)
    values = planes.adjoint(rng.normal(size=300) + 1j * rng.normal(size=300))
    l, m = np.meshgrid(grid.l, grid.m)
    expected = planes.at(values, l.ravel(), m.ravel(), w_phase_cosine(l, m).ravel()).reshape(grid.shape)
    np.testing.assert_allclose(raster(planes, values, grid.l, grid.m), expected, atol=1e-10 * np.abs(expected).max())
    lattice = planes.lattice()
    l, m = np.meshgrid(*lattice)
    expected = planes.at(values, l.ravel(), m.ravel(), w_phase_cosine(l, m).ravel()).reshape(l.shape)
    np.testing.assert_allclose(raster(planes, values, *lattice), expected, atol=1e-10 * np.abs(expected).max())
