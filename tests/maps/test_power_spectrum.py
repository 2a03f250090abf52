"""Power of known skies, and of noise on a known array."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from bayesim.maps import on_pixels, power_spectrum
from bayesim.operators import Nufft
from bayesim.sky import Grid


def tree_of(draws):
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"image": (("chain", "draw", "m", "l"), draws)})})


def test_a_point_has_its_flux_squared_at_every_baseline():
    grid, draws = Grid((8, 10), cell=1e-3), np.zeros((1, 3, 8, 10))
    draws[:, :, 2, 3] = 1.5
    found = power_spectrum(tree_of(draws), grid, bins=6)
    np.testing.assert_allclose(found.draws, 2.25)
    assert found.draws.shape == (3, found.baseline.size)
    np.testing.assert_allclose(found.of(draws[0, 0]), 2.25)
    assert np.all(np.diff(found.baseline) > 0)


def test_sources_between_pixels_have_the_power_of_their_sum():
    grid, rng = Grid((8, 10), cell=1e-3), np.random.default_rng(3)
    tree = points(rng, grid, 0.5)
    found = power_spectrum(tree, grid, bins=5, most=3)
    assert found.draws.shape == (3, found.baseline.size)
    v, u = (f.ravel() for f in np.meshgrid(*(np.fft.fftfreq(n, grid.cell) for n in grid.shape), indexing="ij"))
    ring = np.minimum((np.hypot(u, v) * 5 / (0.5 / grid.cell)).astype(int), 5)
    ring[np.hypot(u, v) > 0.5 / grid.cell] = 5
    ring[0] = 5
    for power, draw in zip(found.draws, (0, 2, 5), strict=True):
        flux, l, m = (tree["posterior"][name].values.reshape(6, 3)[draw] for name in ("flux", "l", "m"))
        square = np.abs(np.exp(-2j * np.pi * (np.outer(u, l) + np.outer(v, m))) @ flux) ** 2
        np.testing.assert_allclose(power, [square[ring == k].mean() for k in range(5) if k in ring], rtol=1e-10)


def test_sources_on_pixels_have_the_power_of_the_image():
    grid, rng = Grid((8, 10), cell=1e-3), np.random.default_rng(4)
    tree = points(rng, grid, 0.0)
    found = power_spectrum(tree, grid, bins=5)
    np.testing.assert_allclose(found.draws, power_spectrum(on_pixels(tree, grid), grid, bins=5).draws, rtol=1e-9)


def points(rng, grid, away):
    """Three sources in each of two chains of three draws, so many pixels away from the centres of some."""
    rows, columns = rng.integers(1, 7, (2, 3, 3)), rng.integers(1, 9, (2, 3, 3))
    away = away * rng.uniform(-1, 1, (2, 2, 3, 3)) * grid.cell
    dims, flux = ("chain", "draw", "source"), rng.exponential(1.0, (2, 3, 3))
    flux[0, 1, 2] = 0.0
    values = {"flux": flux, "l": grid.l[columns] + away[0], "m": grid.m[rows] + away[1]}
    data = {name: (dims, each) for name, each in values.items()}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(data, {"chain": range(2), "draw": range(3)})})


def test_a_wave_has_its_power_at_its_baseline():
    grid = Grid((16, 16), cell=1e-3)
    wave = np.cos(2 * np.pi * 4 * np.arange(16) / 16)[None, :] * np.ones((16, 1))
    found = power_spectrum(tree_of(wave[None, None]), grid, bins=8)
    assert found.baseline[found.draws[0].argmax()] == pytest.approx(4 / (16 * grid.cell), rel=0.15)
    # all modes but the mean, by Parseval
    total = (found.draws[0] * found.modes).sum()
    assert total == pytest.approx(256 * np.square(wave).sum())


def test_white_pixels_have_their_variance_times_their_number(grid):
    draws = 0.3 * np.random.default_rng(1).standard_normal((1, 60, *grid.shape))
    found = power_spectrum(tree_of(draws), grid, bins=10)
    np.testing.assert_allclose(found.draws.mean(axis=0), 0.09 * grid.size, rtol=0.15)


def test_power_of_the_noise_is_that_of_simulated_noise(visibilities, statistics, grid):
    vis, rng = visibilities, np.random.default_rng(2)
    operator = Nufft(vis.u, vis.v, grid, tolerance=1e-9)
    root = np.sqrt(vis.weight)
    maps = [
        operator.adjoint(root * (rng.standard_normal(len(vis)) + 1j * rng.standard_normal(len(vis))))
        / statistics.sum_weight
        for _ in range(300)
    ]
    found = power_spectrum(tree_of(np.array(maps)[None]), grid, longest=vis.longest_baseline, bins=8, most=300)
    psf = statistics.psf / statistics.sum_weight
    # the response of the dirty map, by the exact sum at the frequencies of the grid
    lags = [np.arange(-n, n) for n in grid.shape]
    v, u = np.fft.fftfreq(grid.shape[0]), np.fft.fftfreq(grid.shape[1])
    response = np.real(np.exp(-2j * np.pi * np.outer(v, lags[0])) @ psf @ np.exp(-2j * np.pi * np.outer(lags[1], u)))
    length = np.hypot(v[:, None] / grid.cell, u[None, :] / grid.cell)
    edges = np.linspace(0, vis.longest_baseline, 9)
    known = []
    for low, high in pairwise(edges):
        ring = (length > 0) & (length >= low) & (length < high)
        known.append(np.square(response[ring]).mean() if ring.any() else np.nan)
    known = np.array(known)[np.isfinite(known)]
    np.testing.assert_allclose(found.noise(statistics), found.draws.mean(axis=0) / known, rtol=0.1)
