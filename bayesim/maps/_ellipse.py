"""Ellipses that hold a probability, from covariances of positions."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["ellipses"]

Floats = NDArray[np.float64]


def ellipses(covariance: Floats, *, prob: float) -> tuple[Floats, Floats, Floats]:
    """Return semi-axes (radian) and position angle (radian, from North through East) of Gaussians, shape (k,) each.

    ``covariance`` of (l, m) has the shape (k, 2, 2), in radian^2.
    """
    if not covariance.size:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    values, axes = np.linalg.eigh(covariance)
    minor, major = np.sqrt(-2 * np.log1p(-prob) * np.maximum(values, 0.0)).T
    east, north = axes[:, 0, 1], axes[:, 1, 1]
    sign = np.where((north < 0) | ((north == 0) & (east < 0)), -1.0, 1.0)
    return major, minor, np.arctan2(sign * east, sign * north)
