"""A sampler draws from the posterior: compared with a Gaussian whose posterior is known in closed form."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_gaussian", "check_sampler"]

Floats = NDArray[np.float64]


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
