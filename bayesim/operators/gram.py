"""The Gram matrix ``A_r' W A_c`` between pixels: a look-up in the PSF, or a sum over the visibilities with w."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.statistics import Statistics

__all__ = ["psf_gram"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def psf_gram(statistics: Statistics, rows: Indices, columns: Indices) -> Floats:
    """Return the Gram matrix of coplanar visibilities by look-up, response included.

    Parameters
    ----------
    statistics : Statistics
        PSF on the doubled grid, which holds every difference of two pixels.
    rows, columns : ndarray of int64
        Flat (row-major) pixel indices.

    Returns
    -------
    ndarray, shape (len(rows), len(columns))
        ``D_r A_r' W A_c D_c`` in 1/Jy^2.
    """
    height, width = statistics.grid.shape
    row_a, column_a = np.divmod(np.asarray(rows), width)
    row_b, column_b = np.divmod(np.asarray(columns), width)
    gram = statistics.psf[height + row_a[:, None] - row_b[None, :], width + column_a[:, None] - column_b[None, :]]
    if statistics.response is not None:
        response = np.ravel(statistics.response)
        gram *= response[np.asarray(rows)][:, None] * response[np.asarray(columns)][None, :]
    return np.asarray(gram)
