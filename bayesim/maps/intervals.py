"""Highest-density intervals of many quantities at once."""

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError

__all__ = ["hdi"]

Floats = NDArray[np.float64]


def hdi(draws: Floats, *, prob: float = 0.95) -> tuple[Floats, Floats]:
    """Return the narrowest interval that holds ``prob`` of the draws.

    Unlike an equal-tailed interval it reaches the boundary when the density is highest there (a flux of zero).

    Parameters
    ----------
    draws : ndarray, shape (n, ...)
        Draws along the first axis, all chains together.
    prob : float
        Probability, in (0, 1).

    Returns
    -------
    low, high : ndarray, shape (...)
        Two draws each: the shortest of all intervals between draws ``i`` and ``i + floor(prob n)`` in order.

    Raises
    ------
    ModelError
        ``prob`` is not inside (0, 1), or there are fewer than two draws.
    """
    n = draws.shape[0]
    if not 0 < prob < 1:
        raise ModelError(f"prob {prob} must lie inside (0, 1), for example 0.95")
    if n < 2:
        raise ModelError(f"an interval needs at least 2 draws, got {n}")
    ordered = np.sort(draws, axis=0)
    inside = max(int(np.floor(prob * n)), 1)
    best = np.argmin(ordered[inside:] - ordered[: n - inside], axis=0)[None]
    low = np.take_along_axis(ordered, best, axis=0)[0]
    high = np.take_along_axis(ordered, best + inside, axis=0)[0]
    return np.asarray(low), np.asarray(high)
