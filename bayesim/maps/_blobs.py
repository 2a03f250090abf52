"""Draws of a smooth background, seen on pixels."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bayesim.sky import Grid

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["blob_image"]

Floats = NDArray[np.float64]

_REACH = 3.0
"""Standard deviations at which a blob is cut, to 1 % of its peak; what is left has all of its flux."""


def blob_image(
    constant: "Dataset", grid: Grid, used: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], sparse.csr_matrix]:
    """Return the pixels under blobs, and the share that each of them has of a blob's flux, shape (pixels, blobs).

    Parameters
    ----------
    constant : Dataset
        With ``blob_l``, ``blob_m`` and ``blob_shape``.
    grid : Grid
        Pixels of the image; a blob at the edge keeps its flux on the pixels inside.
    used : ndarray of bool, shape (blobs,)
        The others have no pixels.
    """
    l, m, shapes = (constant[f"blob_{name}"].values for name in ("l", "m", "shape"))
    places, shares, owners = [], [], []
    for j in np.flatnonzero(used):
        place, share = _blob(grid, l[j], m[j], shapes[j])
        places.append(place)
        shares.append(share)
        owners.append(np.full(place.size, j))
    if not places:
        return np.zeros(0, dtype=np.int64), sparse.csr_matrix((0, l.size))
    pixels, row = np.unique(np.concatenate(places), return_inverse=True)
    entries = np.concatenate(shares), (row, np.concatenate(owners))
    return pixels.astype(np.int64), sparse.csr_matrix(entries, shape=(pixels.size, l.size))


def _blob(grid: Grid, l: float, m: float, shape: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the flat indices of pixels under a Gaussian, and their shares, which sum to 1."""
    across, up = (
        np.flatnonzero(np.abs(axis - at) <= _REACH * sd + 0.5 * grid.cell)
        for axis, at, sd in ((grid.l, l, shape[0, 0] ** 0.5), (grid.m, m, shape[1, 1] ** 0.5))
    )
    east, north = np.meshgrid(grid.l[across] - l, grid.m[up] - m)
    away = np.stack([east.ravel(), north.ravel()])
    square = np.sum(away * np.linalg.solve(shape, away), axis=0)
    near = square <= _REACH**2
    near |= square == square.min()
    column, row = (index.ravel()[near] for index in np.meshgrid(across, up))
    share = np.exp(-0.5 * square[near])
    return row * grid.shape[1] + column, share / share.sum()
