"""A small field solved well enough for maps: three sources, one of them east and one faint."""

import numpy as np
import pytest
from scipy import signal

from bayesim.data import Visibilities
from bayesim.operators import Residual, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import Solution, Step

PHASE_CENTRE = (np.radians(202.5), np.radians(47.2))
SOURCES = ((1.0, 8, 4), (0.6, -9.5, -6.3), (0.25, -3, 10))
"""Jy, pixels to the East and to the North of the centre: the second lies between pixels."""


@pytest.fixture(scope="session")
def grid():
    return Grid((36, 40), cell="2 arcsec")


@pytest.fixture(scope="session")
def visibilities(grid):
    rng = np.random.default_rng(7)
    n, sigma = 1500, 0.3
    reach = 0.35 / grid.cell
    radius, angle = reach * np.sqrt(rng.uniform(0.01, 1, n)), rng.uniform(0, np.pi, n)
    u, v = radius * np.cos(angle), 0.7 * radius * np.sin(angle)
    flux, east, north = np.array(SOURCES).T
    phase = grid.cell * (np.outer(u, east) + np.outer(v, north))
    noise = sigma * (rng.standard_normal(n) + 1j * rng.standard_normal(n))
    data = np.exp(-2j * np.pi * phase) @ flux + noise
    antenna = np.zeros(n, dtype=np.int32)
    return Visibilities(
        u, v, np.zeros(n), data, np.full(n, sigma**-2), antenna, antenna + 1, np.full(n, np.nan),
        np.full(n, np.nan), phase_centre=PHASE_CENTRE,
    )  # fmt: skip


@pytest.fixture(scope="session")
def statistics(visibilities, grid):
    return measure(visibilities, grid)


@pytest.fixture(scope="session")
def solution(statistics, visibilities):
    """Solve the LASSO by FISTA; its gap is computed from the formula of the contract."""
    stats = statistics
    grid, prior = stats.grid, PositiveLaplace(0.08 * stats.dirty.max())

    def normal(x):
        return signal.fftconvolve(x, stats.psf[1:, 1:], mode="valid" if x.shape == (1, 1) else "same")

    step = 1 / np.abs(np.fft.fft2(stats.psf)).max()
    x = z = np.zeros(grid.shape)
    t, history = 1.0, []
    for k in range(600):
        new = prior.prox(z + step * (stats.dirty - normal(z)), step)
        t, former = (1 + np.sqrt(1 + 4 * t * t)) / 2, t
        z, x = new + (former - 1) / t * (new - x), new
        if k % 50 == 49:
            history.append(_step(stats, prior, x, stats.dirty - normal(x), seconds=0.01 * (k + 1)))
    residual = stats.dirty - normal(x)
    last = _step(stats, prior, x, residual, seconds=6.0)
    energy = stats.energy - float(np.vdot(x, stats.dirty + residual))
    indices = np.flatnonzero(x)
    return Solution(
        grid, prior, indices, x.ravel()[indices], Residual(residual, energy), stats.sum_weight, stats.count,
        prior.lambda_max(stats.dirty), last.objective, last.gap, True, "gap reached", (*history, last),
    )  # fmt: skip


def _step(stats, prior, x, residual, *, seconds):
    energy = stats.energy - float(np.vdot(x, stats.dirty + residual))
    top = float(prior.certificate(residual).max())
    s = min(1.0, 1.0 / top)
    gap = 0.5 * (1 - s) ** 2 * energy + prior.value(x) - s * float(np.vdot(x, residual))
    return Step(np.count_nonzero(x), 0.5 * energy + prior.value(x), gap, top, seconds)


@pytest.fixture(scope="session")
def tree(solution):
    """Draw a posterior that looks like one: Gamma pixels on the support, lambda, energies."""
    import xarray as xr

    rng = np.random.default_rng(11)
    grid, k = solution.grid, solution.indices.size
    sd = 2 * solution.sigma_image
    mean = solution.fluxes + solution.sigma_image
    image = rng.gamma((mean / sd) ** 2, sd**2 / mean, size=(4, 300, k))
    l, m = grid.directions(solution.indices)
    pixel = {"index": ("pixel", solution.indices), "l": ("pixel", l), "m": ("pixel", m)}
    rate = solution.rate * rng.gamma(40, 1 / 40, size=(4, 300))
    posterior = xr.Dataset(
        {"image": (("chain", "draw", "pixel"), image), "lambda": (("chain", "draw"), rate)},
        coords=pixel | {"chain": np.arange(4), "draw": np.arange(300)},
    )
    stats = xr.Dataset(
        {
            "energy": (("chain", "draw"), rng.normal(50, 5, size=(4, 300))),
            "diverging": (("chain", "draw"), np.zeros((4, 300), dtype=bool)),
        },
        coords={"chain": np.arange(4), "draw": np.arange(300)},
    )
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})
