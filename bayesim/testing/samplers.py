"""A sampler draws from the posterior: compared with a Gaussian whose posterior is known in closed form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators import Coplanar, Statistics
from bayesim.priors import Laplace
from bayesim.samplers.log_concave import LogConcave
from bayesim.sky import Grid

__all__ = ["check_gaussian", "check_image_sampler", "check_sampler"]

Floats = NDArray[np.float64]

_NO_PENALTY = 1e-9
"""Rate in units of the inverse noise of the dirty image: a slope that no draw feels."""


def check_sampler(sample: Callable[..., Any], *, seed: int, spread: float = 0.03) -> None:
    """Assert that a sampler of PyMC models is right on a correlated Gaussian and repeats itself.

    Parameters
    ----------
    sample : callable
        ``sample(model, seed=...)`` returns a DataTree with ``posterior["x"]``; some 4 000 effective draws are needed.
    seed : int
        Seed of the problem and of the sampler.
    spread : float
        Largest relative error of a standard deviation.

    Raises
    ------
    AssertionError
        Means or standard deviations are wrong, the same seed gives other draws, or another seed the same.
    """
    # importing PyMC takes seconds, and the other checks do not need it
    import pymc as pm

    rng = np.random.default_rng(seed)
    design, sigma = rng.normal(size=(6, 3)), 0.7
    data = design @ rng.normal(size=3) + sigma * rng.normal(size=6)
    with pm.Model(coords={"k": range(3)}) as model:
        x = pm.Normal("x", 0.0, 1.0, dims="k")
        pm.Normal("y", pm.math.dot(design, x), sigma, observed=data)
    covariance = np.linalg.inv(np.eye(3) + design.T @ design / sigma**2)
    draws = _draws(sample(model, seed=seed))
    check_gaussian(draws, mean=covariance @ design.T @ data / sigma**2, covariance=covariance, spread=spread)
    assert np.array_equal(draws, _draws(sample(model, seed=seed))), "the same seed gives other draws"
    assert not np.array_equal(draws, _draws(sample(model, seed=seed + 1))), "another seed gives the same draws"


def check_image_sampler(sample: Callable[..., Any], *, seed: int, spread: float = 0.03) -> None:
    """Assert that a sampler of log-concave images is right where the penalty vanishes, and repeats itself.

    Parameters
    ----------
    sample : callable
        ``sample(problem, start=..., seed=...)`` returns a DataTree with ``posterior["image"]``, dims (chain, draw, m,
        l); some 4 000 effective draws are needed.
    seed : int
        Seed of the problem and of the sampler.
    spread : float
        Largest relative error of a standard deviation.

    Raises
    ------
    AssertionError
        Means or standard deviations are wrong, the same seed gives other draws, or another seed the same.
    """
    equations = _full_coverage(seed)
    every = np.arange(equations.grid.size)
    covariance = np.linalg.inv(equations.gram(every, every))
    mode = (covariance @ equations.dirty.ravel()).reshape(equations.grid.shape)
    problem = LogConcave(equations, Laplace, rate=_NO_PENALTY * equations.sum_weight**0.5)

    def draws(seed: int) -> Floats:
        tree = sample(problem, start=_Mode(equations.grid, mode), seed=seed)
        image = np.asarray(tree["posterior"]["image"].transpose("chain", "draw", "m", "l").values)
        return image.reshape(*image.shape[:2], -1)

    found = draws(seed)
    check_gaussian(found, mean=mode.ravel(), covariance=covariance, spread=spread)
    assert np.array_equal(found, draws(seed)), "the same seed gives other draws"
    assert not np.array_equal(found, draws(seed + 1)), "another seed gives the same draws"


@dataclass(frozen=True, eq=False)
class _Mode:
    grid: Grid
    image: Floats


def _full_coverage(seed: int) -> Coplanar:
    """Return normal equations of 3 x 4 pixels whose Gram matrix has full rank, by exact sums."""
    rng, grid = np.random.default_rng(seed), Grid((3, 4), cell=1e-3)
    u, v = rng.uniform(-0.49 / grid.cell, 0.49 / grid.cell, (2, 60))
    data = 3 * (rng.standard_normal(60) + 1j * rng.standard_normal(60))

    def cosines(m: Floats, l: Floats, amplitude: NDArray[np.complex128]) -> Floats:
        phase = 2 * np.pi * (u * l[None, :, None] + v * m[:, None, None])
        return np.asarray((amplitude * np.exp(1j * phase)).real.sum(axis=2))

    # the PSF is even: where rows and columns begin decides nothing but the place of its peak
    twice = [grid.cell * np.arange(-n, n) for n in grid.shape]
    psf = cosines(
        twice[0] * np.sign(grid.m[1] - grid.m[0]),
        twice[1] * np.sign(grid.l[1] - grid.l[0]),
        np.ones(60, dtype=np.complex128),
    )
    return Coplanar(
        Statistics(
            grid=grid,
            dirty=cosines(grid.m, grid.l, data),
            psf=psf,
            energy=float(np.sum(np.abs(data) ** 2)),
            count=60,
            sum_weight=60.0,
        )
    )


def check_gaussian(draws: Floats, *, mean: Floats, covariance: Floats, spread: float = 0.03) -> None:
    """Assert that draws have the mean and the standard deviations of a Gaussian, in its own axes.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, k)
        Draws after tuning.
    mean, covariance : ndarray, shape (k,) and (k, k)
        The exact posterior.
    spread : float
        Largest relative error of a standard deviation.

    Raises
    ------
    AssertionError
        A mean is more than 4 Monte Carlo standard errors away, or a standard deviation is wrong.

    Notes
    -----
    Along the eigenvectors of the covariance, so that a wrong correlation shows as a wrong standard deviation.
    """
    # ArviZ takes seconds to import
    import arviz as az

    values, axes = np.linalg.eigh(covariance)
    white = (draws - mean) @ axes / np.sqrt(values)
    for axis in range(white.shape[-1]):
        along = np.asarray(white[..., axis])
        error = float(az.mcse(along))
        centre, width = float(along.mean()), float(along.std())
        assert np.isfinite(error), f"axis {axis}: the draws do not move"
        assert abs(centre) <= 4 * error, (
            f"axis {axis}: mean off by {centre:.3g} sd, 4 standard errors are {4 * error:.3g}"
        )
        assert abs(width - 1) <= spread, f"axis {axis}: standard deviation {width:.4f} times the exact one"


def _draws(tree: Any) -> Floats:
    return np.asarray(tree["posterior"]["x"].transpose("chain", "draw", "k").values)
