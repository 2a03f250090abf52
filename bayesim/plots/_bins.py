"""Bins of equal count along the baseline length."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities

__all__ = ["BaselineBins", "baseline_bins"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BaselineBins:
    """Bins of visibilities by baseline length.

    Parameters
    ----------
    centre : ndarray, shape (bins,)
        Mean length in wavelengths.
    count : ndarray of int64, shape (bins,)
        Visibilities.
    order, start : ndarray of int64
        Sorting by length, and where each bin starts in it.
    """

    centre: Floats
    count: NDArray[np.int64]
    order: NDArray[np.int64]
    start: NDArray[np.int64]

    def mean(self, values: Floats) -> Floats:
        """Return the mean of ``values`` (..., n) in every bin, shape (..., bins)."""
        return np.asarray(np.add.reduceat(values[..., self.order], self.start, axis=-1) / self.count)


def baseline_bins(visibilities: Visibilities, *, bins: int) -> BaselineBins:
    """Cut the visibilities into at most ``bins`` groups of equal count, shortest baselines first."""
    length = np.hypot(visibilities.u, visibilities.v)
    order = np.argsort(length, kind="stable")
    edges = np.unique(np.linspace(0, length.size, min(bins, length.size) + 1).astype(np.int64))
    count = np.diff(edges)
    centre = np.add.reduceat(length[order], edges[:-1]) / count
    return BaselineBins(centre, count, order, edges[:-1])
