"""The inner loop of every CLEAN: take a fraction of the highest pixel away with the PSF, again and again."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled

__all__ = ["peel"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@compiled
def peel(  # noqa: PLR0917 - compiled code takes its arguments in order
    heights: Floats,
    rows: Indices,
    columns: Indices,
    ends: Indices,
    psfs: Floats,
    bias: Floats,
    gain: float,
    floor: float,
    positive: bool,  # noqa: FBT001
    budget: int,
    taken: Floats,
) -> int:
    """Take ``gain`` of the highest of a list of pixels, of one scale or of several, until none is above the floor.

    Parameters
    ----------
    heights : ndarray, shape (k,)
        Residual smoothed by the pixel's scale; overwritten.
    rows, columns : ndarray of int64, shape (k,)
        Where the pixels are, scale after scale.
    ends : ndarray of int64, shape (n_scales + 1,)
        Where the pixels of each scale begin and end.
    psfs : ndarray, shape (n_scales, n_scales, 2 n_rows, 2 n_columns)
        PSF smoothed by two scales: how a component of one is seen in the residual of the other. It holds every
        difference of two pixels, so nothing is cut off.
    bias : ndarray, shape (n_scales,)
        Factor on the heights of a scale in every comparison.
    gain : float
        Loop gain in (0, 1].
    floor : float
        The loop ends when no biased height is above it.
    positive : bool
        Whether only positive heights count.
    budget : int
        Most iterations.
    taken : ndarray, shape (k,)
        Flux of the components is added here.

    Returns
    -------
    int
        Iterations.

    Notes
    -----
    Clark 1980 (A&A 89, 377): only the listed pixels are searched and updated, ``O(k)`` for an iteration.
    """
    middle_row, middle_column = psfs.shape[2] // 2, psfs.shape[3] // 2
    own, best, amount, top, row, column, steps = 0, -1, 0.0, floor, middle_row, middle_column, 0
    while True:
        best, top, leader = -1, floor, own
        for scale in range(bias.size):
            psf = psfs[own, scale]
            for j in range(ends[scale], ends[scale + 1]):
                heights[j] -= amount * psf[row + rows[j], column + columns[j]]
                height = bias[scale] * (heights[j] if positive else abs(heights[j]))
                if height > top:
                    best, top, leader = j, height, scale
        if best < 0 or steps >= budget:
            return steps
        own = leader
        amount = gain * heights[best] / psfs[own, own, middle_row, middle_column]
        row, column = middle_row - rows[best], middle_column - columns[best]
        taken[best] += amount
        steps += 1
