"""The Gaussian log-likelihood of complex visibilities, from its energy: every constant in one place."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray

__all__ = ["gaussian", "log_normaliser"]


def log_normaliser(weight: NDArray[np.float64]) -> float:
    """Return ``sum_i ln(weight_i / 2 pi)``: the log-density of a perfect fit.

    Parameters
    ----------
    weight : ndarray, shape (n,)
        ``1/sigma^2`` of one real component in 1/Jy^2.
    """
    return float(np.log(weight / (2 * np.pi)).sum())


def gaussian(energy: Any, *, count: int, normaliser: float, noise_scale: Any | None) -> Any:
    """Return ``log L = normaliser - 2 n ln s - energy / (2 s^2)``.

    Parameters
    ----------
    energy : PyTensor scalar
        ``||y - A x||_W^2``, dimensionless.
    count : int
        Complex visibilities ``n``: each has two real components, hence ``2 n ln s``.
    normaliser : float
        ``sum_i ln(weight_i / 2 pi)``.
    noise_scale : PyTensor scalar or None
        ``s > 0``: every sigma is ``s`` times what the weights say; None means 1.
    """
    if noise_scale is None:
        return normaliser - 0.5 * energy
    return normaliser - 2.0 * count * pt.log(noise_scale) - 0.5 * energy / pt.sqr(noise_scale)
