"""The joint-distribution test: whether a hand-written kernel leaves the posterior as it is."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError

__all__ = ["geweke"]

Floats = NDArray[np.float64]

_FEWEST = 50
"""Effective draws of the chain below which its standard error is not to be trusted."""


def geweke(
    prior_draw: Callable[[np.random.Generator], Any],
    data_draw: Callable[[Any, np.random.Generator], Any],
    kernel: Callable[[Any, Any, np.random.Generator], Any],
    moments: Callable[[Any, Any], Mapping[str, float]],
    *,
    n: int,
    seed: int,
) -> xr.Dataset:
    """Compare two ways of drawing parameters and data from their joint density.

    One draws parameters from the prior and data given them; the other starts there and then moves on in turns: the
    kernel changes the parameters given the data, the data are drawn anew given the parameters. Both have the same
    moments if and only if the kernel leaves the posterior invariant for all data (up to what the moments can see).

    Parameters
    ----------
    prior_draw : callable
        ``prior_draw(rng) -> parameters``.
    data_draw : callable
        ``data_draw(parameters, rng) -> data``.
    kernel : callable
        ``kernel(parameters, data, rng) -> parameters``, one step of the sampler.
    moments : callable
        ``moments(parameters, data) -> {name: number}``: first and second moments, and one that mixes parameters with
        data, such as the log-likelihood.
    n : int
        Steps of either simulator, at least 100.
    seed : int
        Of both.

    Returns
    -------
    Dataset
        By ``moment``: ``z``, the difference of the means over its standard error (the chain's from its effective
        sample size); ``independent`` and ``chain``, the means; ``ess`` of the chain.

    Raises
    ------
    ModelError
        ``n`` is too small, a moment is not finite or constant, or the chain moves too slowly for its error to be
        known.

    References
    ----------
    Geweke 2004 (Journal of the American Statistical Association 99, 799).
    """
    if n < 100:
        raise ModelError(f"n {n} must be at least 100: means of fewer draws have no known error")
    rng = np.random.default_rng(seed)
    names, alone = _table(_independent(prior_draw, data_draw, moments, n=n, rng=rng))
    _, chained = _table(_chain(prior_draw, data_draw, kernel, moments, n=n, rng=rng))
    ess = _effective(names, alone, chained)
    error = np.sqrt(alone.var(axis=0, ddof=1) / n + chained.var(axis=0, ddof=1) / ess)
    difference = chained.mean(axis=0) - alone.mean(axis=0)
    columns = {"z": difference / error, "independent": alone.mean(axis=0), "chain": chained.mean(axis=0), "ess": ess}
    return xr.Dataset(
        {name: ("moment", values) for name, values in columns.items()}, {"moment": names}, {"seed": seed}
    )


def _independent(prior_draw: Any, data_draw: Any, moments: Any, *, n: int, rng: Any) -> list[Mapping[str, float]]:
    rows = []
    for _ in range(n):
        parameters = prior_draw(rng)
        rows.append(moments(parameters, data_draw(parameters, rng)))
    return rows


def _chain(
    prior_draw: Any, data_draw: Any, kernel: Any, moments: Any, *, n: int, rng: Any
) -> list[Mapping[str, float]]:
    parameters, rows = prior_draw(rng), []
    data = data_draw(parameters, rng)
    for _ in range(n):
        parameters = kernel(parameters, data, rng)
        data = data_draw(parameters, rng)
        rows.append(moments(parameters, data))
    return rows


def _table(rows: list[Mapping[str, float]]) -> tuple[list[str], Floats]:
    names = list(rows[0])
    return names, np.array([[float(row[name]) for name in names] for row in rows])


def _effective(names: list[str], alone: Floats, chained: Floats) -> Floats:
    """Return the effective draws of the chain's means, or refuse moments whose error cannot be known."""
    for k, name in enumerate(names):
        both = np.concatenate([alone[:, k], chained[:, k]])
        if not np.isfinite(both).all() or np.ptp(chained[:, k]) == 0 or np.ptp(alone[:, k]) == 0:
            raise ModelError(f"moment {name} is not finite or does not change: it tells nothing about the kernel")
    # ArviZ takes seconds to import
    import arviz as az

    ess = np.array([column.var(ddof=1) / float(az.mcse(column[None])) ** 2 for column in chained.T])
    if ess.min() < _FEWEST:
        slow = f"the chain of {names[int(np.argmin(ess))]} has {ess.min():.0f} effective draws of {len(chained)}"
        raise ModelError(f"{slow}, fewer than {_FEWEST}: raise n")
    return ess
