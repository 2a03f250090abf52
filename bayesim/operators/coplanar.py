"""Normal equations of coplanar visibilities: everything from the sufficient statistics, nothing from the data."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import Residual
from bayesim.operators.gram import psf_gram
from bayesim.operators.normal import Normal
from bayesim.operators.statistics import Statistics
from bayesim.sky import Grid

__all__ = ["Coplanar"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Coplanar:
    """``1/2 ||y - A x||_W^2`` from statistics; one residual costs one FFT pair, one Gram entry a look-up.

    Parameters
    ----------
    statistics : Statistics
        From :func:`~bayesim.operators.statistics.measure`, over any number of chunks.
    threads : int
        Threads of every FFT.

    Notes
    -----
    The energy of a residual is ``y'Wy - 2 d'x + x'Gx``: three numbers of the size of ``y'Wy`` that nearly
    cancel, so its absolute error is about ``tolerance * y'Wy`` (1e-12 by default). It is floored at zero; noise
    alone makes it ``2 count``, so the floor is met only by data without noise. :class:`WideField` sums the
    residual itself and has no such error.
    """

    def __init__(self, statistics: Statistics, *, threads: int = 1) -> None:
        self.statistics = statistics
        self.normal = Normal(statistics, threads=threads)

    @property
    def grid(self) -> Grid:
        """Pixels of the image."""
        return self.statistics.grid

    @property
    def count(self) -> int:
        """Number of (complex) visibilities."""
        return self.statistics.count

    @property
    def sum_weight(self) -> float:
        """Sum of the weights in 1/Jy^2."""
        return self.statistics.sum_weight

    @property
    def energy(self) -> float:
        """``y^T W y``, dimensionless."""
        return self.statistics.energy

    @property
    def dirty(self) -> Floats:
        """``A^T W y`` in 1/Jy, shape (rows, columns)."""
        return self.statistics.dirty

    def residual(self, indices: Indices, values: Floats) -> Residual:
        """Return the exact residual of a sky that is ``values`` (Jy/pixel) on flat ``indices`` and else zero."""
        image = np.zeros(self.grid.size)
        np.add.at(image, indices, values)
        value, gradient = self.normal.value_and_gradient(image.reshape(self.grid.shape))
        return Residual(image=gradient, energy=max(self.energy - 2 * value, 0.0))

    def gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return ``A_r^T W A_c`` in 1/Jy^2, shape (len(rows), len(columns)), between flat pixel indices."""
        return psf_gram(self.statistics, rows, columns)
