"""Closed loops of one moment: which there are, which of them are independent, and the noise that they share."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["independent", "quadrangles", "triangles"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SPENT = 1e-9
"""Squared length below which a loop is a combination of those already chosen."""


def triangles(row: Integers) -> tuple[Integers, Integers]:
    """Return the stations (n, 3) and rows (n, 3) of all triangles; the third row is traversed backwards.

    Parameters
    ----------
    row : ndarray of int, shape (stations, stations)
        Number of the baseline of a pair, -1 where it was not observed.
    """
    corners = np.array([*combinations(range(len(row)), 3)], dtype=np.int64).reshape(-1, 3)
    a, b, c = corners.T
    rows = np.stack([row[a, b], row[b, c], row[a, c]], axis=1)
    seen = (rows >= 0).all(axis=1)
    return corners[seen], rows[seen]


def quadrangles(row: Integers) -> tuple[Integers, Integers]:
    """Return the stations (n, 4) and rows (n, 4) of all closure amplitudes: the first two rows over the last two."""
    corners = np.array([*combinations(range(len(row)), 4)], dtype=np.int64).reshape(-1, 4)
    a, b, c, d = corners.T
    # of the three pairings of four stations each closure amplitude takes two
    pairings = [(row[a, b], row[c, d]), (row[a, c], row[b, d]), (row[a, d], row[b, c])]
    rows = np.concatenate([np.stack([*x, *y], axis=1) for x, y in combinations(pairings, 2)])
    seen = (rows >= 0).all(axis=1)
    return np.tile(corners, (3, 1))[seen], rows[seen]


def independent(rows: Integers, sign: Floats, variance: Floats) -> tuple[Integers, Floats]:
    """Return the loops of a complete set without redundancy, least noisy first, and the set's covariance.

    Parameters
    ----------
    rows : ndarray of int, shape (n, legs)
        Baselines of every loop.
    sign : ndarray, shape (legs,)
        1 or -1.
    variance : ndarray, shape (baselines,)
        Of the phase or the log-amplitude of each baseline.
    """
    design = np.zeros((len(rows), variance.size))
    np.add.at(design, (np.arange(len(rows))[:, None], rows), sign)
    left, chosen = design.copy(), []
    order = np.argsort(variance[rows].sum(axis=1), kind="stable")
    left = left[order]
    while True:
        length = np.einsum("ij,ij->i", left, left)
        fresh = np.flatnonzero(length > _SPENT)
        if not fresh.size:
            break
        first = fresh[0]
        chosen.append(order[first])
        direction = left[first] / np.sqrt(length[first])
        left = left - np.outer(left @ direction, direction)
    kept = np.array(chosen, dtype=np.int64)
    return kept, (design[kept] * variance) @ design[kept].T
