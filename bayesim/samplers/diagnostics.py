"""Rank-normalised R-hat and effective sample sizes of every pixel at once.

The formulas are those of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021, Bayesian Analysis 16, 667); results
equal ArviZ's, which loops over elements in Python and takes minutes for a large image.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from bayesim.errors import ModelError

__all__ = ["Diagnostics", "diagnose"]

Floats = NDArray[np.float64]

BLOCK = 256
"""Elements at a time, so that work arrays stay small beside the draws."""

TAIL = 0.05
"""Probability outside either quantile of the tail effective sample size (Vehtari et al., section 4.3)."""


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """One number per element of a variable.

    Parameters
    ----------
    rhat : ndarray
        The larger of bulk and folded rank-normalised split R-hat; NaN for one chain or constant draws.
    ess_bulk, ess_tail : ndarray
        Effective sample sizes; the number of draws for constant draws, NaN where a draw is not finite.
    """

    rhat: Floats
    ess_bulk: Floats
    ess_tail: Floats


def diagnose(draws: Floats) -> Diagnostics:
    """Return the convergence diagnostics of one variable.

    Parameters
    ----------
    draws : ndarray, shape (chain, draw, ...)
        At least 4 draws.

    Returns
    -------
    Diagnostics
        Arrays of the shape of one draw.

    Raises
    ------
    ModelError
        Fewer than 4 draws.
    """
    chains, n_draws, *shape = draws.shape
    if n_draws < 4:
        raise ModelError(f"{n_draws} draws are too few to be judged: at least 4")
    elements = np.moveaxis(draws.reshape(chains, n_draws, -1), 2, 0)
    blocks = [_block(elements[i : i + BLOCK].astype(np.float64)) for i in range(0, len(elements), BLOCK)]
    rhat, bulk, tail = (np.concatenate(part).reshape(shape) for part in zip(*blocks, strict=True))
    return Diagnostics(rhat=rhat, ess_bulk=bulk, ess_tail=tail)


def _block(draws: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the three diagnostics of elements, shape (element, chain, draw)."""
    split = _split(draws)
    bulk = _normal_scores(split)
    folded = _normal_scores(np.abs(split - np.median(split, axis=(1, 2), keepdims=True)))
    low, high = np.quantile(draws, (TAIL, 1 - TAIL), axis=(1, 2), keepdims=True)
    tail = np.minimum(*(_sizes(_split((draws <= edge).astype(np.float64))) for edge in (low, high)))
    results = np.stack([np.maximum(_rhat(bulk), _rhat(folded)), _sizes(bulk), tail])
    results[:, ~np.isfinite(draws).all(axis=(1, 2))] = np.nan
    if draws.shape[1] == 1:
        results[0] = np.nan
    return results[0], results[1], results[2]


def _split(draws: Floats) -> Floats:
    half = draws.shape[2] // 2
    return np.concatenate([draws[..., :half], draws[..., draws.shape[2] - half :]], axis=1)


def _normal_scores(draws: Floats) -> Floats:
    """Return the normal quantile of the rank of every draw of an element (Blom's offset 3/8)."""
    flat = draws.reshape(len(draws), -1)
    return np.asarray(ndtri((rankdata(flat, axis=1) - 0.375) / (flat.shape[1] + 0.25))).reshape(draws.shape)


def _rhat(draws: Floats) -> Floats:
    n = draws.shape[2]
    within = draws.var(axis=2, ddof=1).mean(axis=1)
    between = n * draws.mean(axis=2).var(axis=1, ddof=1)
    ratio = np.divide(between, within, out=np.full(len(draws), np.nan), where=within > 0)
    return np.asarray(np.sqrt((ratio + n - 1) / n))


def _sizes(draws: Floats) -> Floats:
    return np.array([_ess(np.ascontiguousarray(element)) for element in draws])


@njit(nogil=True)  # type: ignore[untyped-decorator]
def _ess(draws: Any) -> float:
    """Sum autocorrelations over Geyer's initial monotone sequence of pairs."""
    chains, n = draws.shape
    if draws.max() - draws.min() < 1e-15:
        return float(draws.size)
    means = np.array([draws[c].mean() for c in range(chains)])
    centred = draws - means.reshape(-1, 1)
    within = _autocovariance(centred, 0) * n / (n - 1)
    total = within * (n - 1) / n
    if chains > 1:
        total += np.square(means - means.mean()).sum() / (chains - 1)
    even, odd = 1.0, 1.0 - (within - _autocovariance(centred, 1)) / total
    pair, tau, lag = even + odd, -1.0, 2
    while pair > 0.0 and lag < n - 2:
        tau += 2.0 * pair
        even = 1.0 - (within - _autocovariance(centred, lag)) / total
        odd = 1.0 - (within - _autocovariance(centred, lag + 1)) / total
        pair = min(pair, even + odd)
        lag += 2
    tau += max(even, 0.0)  # the even lag of the first pair left out
    return float(draws.size / max(tau, 1.0 / np.log10(draws.size)))


@njit(nogil=True)  # type: ignore[untyped-decorator]
def _autocovariance(centred: Any, lag: int) -> Any:
    chains, n = centred.shape
    total = 0.0
    for c in range(chains):
        for t in range(n - lag):
            total += centred[c, t] * centred[c, t + lag]
    return total / (n * chains)
