"""Covariance of a smooth function of the radius."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesim.errors import ModelError
from bayesim.priors._numbers import check_positive

__all__ = ["radial_covariance"]


def radial_covariance(radius: ArrayLike, *, length: float) -> NDArray[np.float64]:
    """Return ``k(r - r') + k(r + r')``, ``k(d) = (1 + a + a^2/3) exp(-a)``, ``a = sqrt(5) |d| / length``.

    A Matern process (smoothness 5/2) that runs through the centre and out again on the other side: such functions
    have no kink at the centre. Its variance is 1 far from the centre and 2 there, where both sides are one.

    Parameters
    ----------
    radius : array_like, shape (k,)
        Different radii of 0 or more, any unit.
    length : float
        Over which the function forgets itself, same unit, positive.

    Returns
    -------
    ndarray, shape (k, k)
        Dimensionless, positive definite.

    Raises
    ------
    ModelError
        The length is not positive, or a radius is negative or occurs twice.

    References
    ----------
    Rasmussen & Williams 2006, equation 4.17; Ginsbourger, Roustant & Durrande 2016 (J. Stat. Plan. Inference 170,
    117), kernels of invariant processes.
    """
    check_positive(length=length)
    r = np.asarray(radius, dtype=np.float64)
    if r.ndim != 1 or not np.all(r >= 0) or np.unique(r).size != r.size:
        raise ModelError(f"radius {r} must be different radii of 0 or more")
    apart = 5.0**0.5 / length * np.abs([r[:, None] - r, r[:, None] + r])
    return np.asarray(((1.0 + apart + apart**2 / 3.0) * np.exp(-apart)).sum(axis=0))
