"""A Gaussian process in time on the solution intervals of gains."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray

from bayesim.data import Groups, Visibilities
from bayesim.errors import ModelError

__all__ = ["matern_root", "mean_times"]

Floats = NDArray[np.float64]

_JITTER = 1e-9
"""On the diagonal, relative to the variance: correlation lengths far beyond the run stay regular."""


def mean_times(vis: Visibilities, intervals: Groups) -> Floats:
    """Return the mean time of each interval in seconds from the first visibility.

    Raises
    ------
    ModelError
        A time is unknown.
    """
    if not np.all(np.isfinite(vis.time)):
        raise ModelError("gains that are smooth in time need the time of every visibility")
    seconds = (vis.time - vis.time.min()) * 86400.0
    return np.asarray(np.bincount(intervals.index, weights=seconds) / intervals.counts)


def matern_root(time: Floats, length: Any) -> Any:
    """Return the Cholesky factor of ``(1 + x) exp(-x)``, ``x = sqrt(3) |t - t'| / length``, shape (k, k).

    Parameters
    ----------
    time : ndarray, shape (k,)
        Seconds.
    length : float or PyMC variable
        Seconds, positive.

    Raises
    ------
    ModelError
        The length is not positive.
    """
    if isinstance(length, int | float) and not length > 0:
        raise ModelError(f"length {length} must be positive seconds")
    x = np.sqrt(3.0) * np.abs(time[:, None] - time[None, :]) / length
    return pt.linalg.cholesky((1.0 + x) * pt.exp(-x) + _JITTER * np.eye(time.size))
