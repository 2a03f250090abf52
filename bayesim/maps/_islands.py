"""Connected islands of pixels that a solution uses: what a catalogue calls a source."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.solvers import Solution

__all__ = ["island_sizes", "island_sums", "islands"]

_TOUCHING = np.ones((3, 3), dtype=np.int64)
"""Pixels that share a corner belong together."""

_LEVEL = 0.9
"""Lowest certificate that joins two atoms, however loose the gap: with R near 1 the set would be the whole sky."""


def islands(solution: Solution, *, grow: int, reach: float = 0.0) -> tuple[NDArray[np.int64], int]:
    """Label the sources of a solution.

    Parameters
    ----------
    solution : Solution
        Its non-zero pixels are the seeds; pixels of the provable saturation set (``eta >= 1 - R``, never below
        0.9) join those that lie on one crest of the certificate.
    grow : int
        Pixels by which every island grows afterwards, without merging with another.
    reach : float
        Distance in pixels up to which atoms belong together, such as the width of the CLEAN beam.

    Returns
    -------
    labels : ndarray of int64, shape (rows, columns)
        0 outside, else 1 to ``count``.
    count : int
        Number of islands; each holds at least one non-zero pixel.
    """
    support = np.zeros(solution.grid.size, dtype=bool)
    support[solution.indices] = True
    support = support.reshape(solution.grid.shape)
    crest = solution.certificate >= max(1.0 - solution.radius, _LEVEL)
    labels, _ = ndimage.label(_joined(support, reach) | support | crest, structure=_TOUCHING)
    used = np.unique(labels[support])
    if not used.size:
        return np.zeros(solution.grid.shape, dtype=np.int64), 0
    number = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    number[used] = np.arange(1, used.size + 1)
    # the pixels between joined atoms served to join them, and belong to no island
    return _grown(np.where(support | crest, number[labels], 0), pixels=grow), int(used.size)


def island_sizes(labels: NDArray[np.int64], *, count: int) -> NDArray[np.int64]:
    """Return how many of some pixels, given by their labels, lie on each of ``count`` islands."""
    return np.bincount(labels, minlength=count + 1)[1:].astype(np.int64)


def island_sums(labels: NDArray[np.int64], values: NDArray[np.float64], *, count: int) -> NDArray[np.float64]:
    """Return the sum over each of ``count`` islands of a value of every pixel, given by their labels."""
    return np.bincount(labels, weights=values, minlength=count + 1)[1:].astype(np.float64)


def _joined(support: NDArray[np.bool_], reach: float) -> NDArray[np.bool_]:
    """Fill the disks of half the reach round every atom: those of two atoms within reach touch."""
    return np.asarray(ndimage.distance_transform_edt(~support) <= reach / 2)


def _grown(labels: NDArray[np.int64], *, pixels: int) -> NDArray[np.int64]:
    """Give every pixel within ``pixels`` (chessboard) of an island to the nearest one."""
    if pixels < 1:
        return labels
    near = ndimage.binary_dilation(labels > 0, structure=_TOUCHING, iterations=pixels)
    rows, columns = ndimage.distance_transform_edt(labels == 0, return_distances=False, return_indices=True)
    return np.where(near, labels[rows, columns], 0)
