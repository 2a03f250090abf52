"""Are ranks uniform? The simultaneous band of their ECDF, and what leaves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import bdtr

from bayesim.errors import ModelError

__all__ = ["RankVerdict", "judge_ranks", "rank_band"]

Floats = NDArray[np.float64]

_SIMULATIONS = 20_000
"""Sets of uniform ranks; the level of the band is then right within 0.002."""

_ROUNDING = 1e-12
"""Equal tails of equal counts, however they were summed."""


@dataclass(frozen=True)
class RankVerdict:
    """What the ranks of a study say.

    Parameters
    ----------
    passed : bool
        No quantity is further from uniform than the furthest of as many calibrated ones, with probability ``prob``
        (Bonferroni's inequality: at least).
    p_values : mapping of str to float
        Probability that uniform ranks wander as far as these, by quantity.
    outside : tuple of str
        Quantities outside their own band: one in ``1 / (1 - prob)`` of calibrated ones is.
    failed, replicates : int
        Replicates that missed the convergence gate, and all of them.
    prob : float
        Probability of the band.
    """

    passed: bool
    p_values: Mapping[str, float]
    outside: tuple[str, ...]
    failed: int
    replicates: int
    prob: float

    @property
    def headline(self) -> str:
        """One sentence."""
        name = min(self.p_values, key=lambda each: self.p_values[each])
        least = f"smallest p = {self.p_values[name]:.2g} of {len(self.p_values)} quantities ({name})"
        gate = f"{self.failed} of {self.replicates} replicates missed the gate"
        return f"{'calibrated' if self.passed else 'NOT CALIBRATED'}: {least}; {gate}"


def judge_ranks(study: xr.Dataset, *, prob: float = 0.95, seed: int = 0) -> RankVerdict:
    """Judge the ranks of a study.

    Parameters
    ----------
    study : Dataset
        From :func:`bayesim.validation.rank_study` or :func:`bayesim.validation.sbc`.
    prob : float
        Of the simultaneous band, in (0, 1).
    seed : int
        Of the uniform ranks that give the band.

    Raises
    ------
    ModelError
        ``prob`` is not inside (0, 1).
    """
    _check(prob)
    kept, ranks = int(study.attrs["kept"]), study["rank"].transpose("quantity", "replicate").values
    null = np.sort(_null(ranks.shape[1], kept, seed))
    p = [float(each) for each in _p_value(null, _least_tails(ranks, kept))]
    names = [str(name) for name in study["quantity"].values]
    values = dict(zip(names, p, strict=True))
    return RankVerdict(
        passed=min(p) > (1 - prob) / len(p),
        p_values=values,
        outside=tuple(name for name in names if values[name] <= 1 - prob),
        failed=int(study.attrs["failed"]),
        replicates=ranks.shape[1],
        prob=prob,
    )


def rank_band(replicates: int, kept: int, *, prob: float = 0.95, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Return the band that holds the whole ECDF of uniform ranks with probability ``prob``.

    Parameters
    ----------
    replicates : int
        Ranks.
    kept : int
        Largest rank.
    prob : float
        In (0, 1).
    seed : int
        Of the uniform ranks that give the band.

    Returns
    -------
    points, low, high : ndarray, shape (kept,)
        Fractional ranks ``k / (kept + 1)``, and the smallest and largest fraction of ranks below ``k`` inside.

    Raises
    ------
    ModelError
        ``prob`` is not inside (0, 1).

    References
    ----------
    Säilynoja, Bürkner & Vehtari 2022 (Statistics and Computing 32, 32), section 3, by simulation.
    """
    _check(prob)
    points = np.arange(1, kept + 1) / (kept + 1)
    null = np.sort(_null(replicates, kept, seed))
    values = np.unique(null)
    beyond = values[_p_value(null, values) <= 1 - prob]
    inside = _tails(replicates, kept) > (beyond[-1] * (1 + _ROUNDING) if beyond.size else 0.0)
    low = np.argmax(inside, axis=0)
    high = replicates - np.argmax(inside[::-1], axis=0)
    return points, low / replicates, high / replicates


def _p_value(ordered: Floats, tails: Floats) -> Floats:
    """Return the share of the null (ascending) at or below each tail; one is added, so that none is zero."""
    return np.asarray((1 + np.searchsorted(ordered, tails * (1 + _ROUNDING), "right")) / (1 + ordered.size))


def _check(prob: float) -> None:
    if not 0 < prob < 1:
        raise ModelError(f"prob {prob} must lie inside (0, 1), for example 0.95")


@lru_cache(maxsize=8)
def _null(replicates: int, kept: int, seed: int) -> Floats:
    """Return the least tail probability of many sets of uniform ranks."""
    rng = np.random.default_rng(seed)
    return _least_tails(rng.integers(0, kept + 1, (_SIMULATIONS, replicates)), kept)


def _least_tails(ranks: NDArray[np.int64], kept: int) -> Floats:
    """Return, per row of ranks, the least binomial tail probability of the ECDF over all fractional ranks."""
    sets, replicates = ranks.shape
    cell = np.arange(sets)[:, None] * (kept + 1) + ranks
    below = np.bincount(cell.ravel(), minlength=sets * (kept + 1)).reshape(sets, kept + 1).cumsum(axis=1)[:, :kept]
    return np.asarray(_tails(replicates, kept)[below, np.arange(kept)].min(axis=1))


def _tails(replicates: int, kept: int) -> Floats:
    """Return the smaller binomial tail of every count below every fractional rank, shape (replicates + 1, kept)."""
    points = np.arange(1, kept + 1) / (kept + 1)
    counts = np.arange(replicates + 1)[:, None]
    # at least so many is the tail on the other side, counted from there so that nothing cancels
    lower, upper = bdtr(counts, replicates, points), bdtr(replicates - counts, replicates, 1 - points)
    return np.asarray(np.minimum(lower, upper))
