"""R-hat and effective sample size of many quantities at once.

ArviZ computes the same numbers one quantity at a time (about 3 ms a pixel); an image needs them by block. The
tests hold these functions to ArviZ.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special, stats

__all__ = ["ess_bulk", "ess_tail", "rhat"]

Floats = NDArray[np.float64]

_TAILS = (0.05, 0.95)
_BLOM = 3 / 8


def rhat(draws: Floats) -> Floats:
    """Return the rank-normalised split R-hat, the larger of bulk and folded.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, k)
        At least two chains of four draws.

    Returns
    -------
    ndarray, shape (k,)
        About 1 when the chains agree; NaN with one chain, fewer than four draws, or a quantity that never moves.

    Notes
    -----
    Vehtari et al. (2021), Bayesian Analysis 16, 667, section 4.
    """
    if draws.shape[0] < 2 or draws.shape[1] < 4:
        return np.full(draws.shape[2], np.nan)
    halves = _split(draws)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    return np.maximum(_gelman_rubin(_normal_scores(halves)), _gelman_rubin(_normal_scores(folded)))


def ess_bulk(draws: Floats) -> Floats:
    """Return the effective sample size of the rank-normalised draws (reference as in :func:`rhat`).

    ``draws`` has shape (chains, draws, k); the result has shape (k,), NaN with fewer than four draws. A quantity
    that never moves counts every draw, as in ArviZ.
    """
    if draws.shape[1] < 4:
        return np.full(draws.shape[2], np.nan)
    return _effective_size(_normal_scores(_split(draws)))


def ess_tail(draws: Floats) -> Floats:
    """Return the smaller effective sample size of the 5 % and 95 % quantiles (reference as in :func:`rhat`)."""
    if draws.shape[1] < 4:
        return np.full(draws.shape[2], np.nan)
    quantiles = np.quantile(draws, _TAILS, axis=(0, 1))
    return np.minimum(*(_effective_size(_split((draws <= q).astype(float))) for q in quantiles))


def _split(draws: Floats) -> Floats:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normal_scores(draws: Floats) -> Floats:
    flat = draws.reshape(-1, draws.shape[2])
    ranks = stats.rankdata(flat, method="average", axis=0)
    scores = special.ndtri((ranks - _BLOM) / (len(flat) - 2 * _BLOM + 1))
    return np.asarray(scores.reshape(draws.shape))


def _gelman_rubin(draws: Floats) -> Floats:
    n = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = n * draws.mean(axis=1).var(axis=0, ddof=1)
    ratio = np.divide(between, within, out=np.full_like(within, np.nan), where=within > 0)
    return np.asarray(np.sqrt((ratio + n - 1) / n))


def _autocovariance(draws: Floats) -> Floats:
    """Return the biased autocovariance at every lag, averaged over chains, shape (draws, k)."""
    n = draws.shape[1]
    spectrum = fft.rfft(draws - draws.mean(axis=1, keepdims=True), n=fft.next_fast_len(2 * n, real=True), axis=1)
    power = np.square(np.abs(spectrum)).mean(axis=0)
    return np.asarray(fft.irfft(power, n=fft.next_fast_len(2 * n, real=True), axis=0)[:n] / n)


def _effective_size(draws: Floats) -> Floats:
    chains, n, _ = draws.shape
    size = chains * n
    covariance = _autocovariance(draws)
    within = covariance[0] * n / (n - 1)
    total = covariance[0] + (draws.mean(axis=1).var(axis=0, ddof=1) if chains > 1 else 0.0)
    moves = np.ptp(draws, axis=(0, 1)) > np.finfo(float).resolution
    correlation = 1 - (within - covariance) / np.where(moves, total, 1.0)
    correlation[0] = 1.0
    tau = np.maximum(_geyer_sum(correlation), 1 / np.log10(size))
    return np.where(moves, size / tau, float(size))


def _geyer_sum(correlation: Floats) -> Floats:
    """Return the integrated autocorrelation time by Geyer's initial monotone sequence, from shape (lags, k)."""
    pairs = max((correlation.shape[0] - 1) // 2, 1)
    even, odd = correlation[0 : 2 * pairs : 2], correlation[1 : 2 * pairs : 2]
    sums = even + odd
    stop = np.where(np.any(sums < 0, axis=0), np.argmax(sums < 0, axis=0), pairs - 1)
    decreasing = np.minimum.accumulate(sums, axis=0)
    kept = np.where(np.arange(pairs)[:, None] < stop, decreasing, 0.0).sum(axis=0)
    # the pair that ends the sum still adds its even lag, when that helps
    last, ends = (np.take_along_axis(part, stop[None], axis=0)[0] for part in (even, sums))
    return np.asarray(-1 + 2 * kept + np.where(ends < 0, np.maximum(last, 0.0), last))
