"""New values of independent pixels, on the far side of their conditional density: overrelaxation in normal scores.

The distribution function of the density turns a value into a standard normal score ``z``. So is
``-a z + sqrt(1 - a^2) n`` with a normal number ``n``, and the value that it turns back into is a draw of the same
density, exactly; unlike a fresh draw, it lies where the old value did not (Adler 1981, Phys. Rev. D 23, 2901, for
Gaussians; Neal 1998, in Learning in Graphical Models, for others). Logarithms of tails throughout: pixels far below
zero keep their digits.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

__all__ = ["exponential", "laplace"]

Floats = NDArray[np.float64]
Turn = Callable[[Floats], Floats]

_CERTAIN = -1e-16
"""Largest logarithm of a probability that still has a quantile: double numbers near 1 end there."""


def _quantile(log_probability: Floats) -> Floats:
    return np.asarray(ndtri_exp(np.minimum(log_probability, _CERTAIN)))


def exponential(x: Floats, *, pull: Floats, precision: Floats, rate: float, turn: Turn) -> Floats:
    """Move in the density ``exp(-1/2 precision x^2 + (pull - rate) x)`` of ``x >= 0``.

    Parameters
    ----------
    x : ndarray
        Values, non-negative.
    pull, precision : ndarray
        Of the Gaussian part, shape of ``x``.
    rate : float
        Of the exponential prior.
    turn : callable
        From standard normal scores to others.
    """
    width = precision**-0.5
    mean = (pull - rate) / precision
    whole = log_ndtr(mean / width)
    score = -_quantile(log_ndtr((mean - x) / width) - whole)
    return np.maximum(mean - width * _quantile(log_ndtr(-turn(score)) + whole), 0.0)


def laplace(x: Floats, *, pull: Floats, precision: Floats, rate: float, turn: Turn) -> Floats:
    """Move in the density ``exp(-1/2 precision x^2 + pull x - rate |x|)``; arguments as of :func:`exponential`."""
    width = precision**-0.5
    above, below = (pull - rate) / precision, (pull + rate) / precision
    # logarithms of the normal tails on either side of zero, and of the share of either side
    right, left = log_ndtr(above / width), log_ndtr(-below / width)
    heavier = right + 0.5 * np.square(above / width), left + 0.5 * np.square(below / width)
    whole = np.logaddexp(*heavier)
    up, down = heavier[0] - whole, heavier[1] - whole
    score = np.where(
        x > 0,
        -_quantile(up + log_ndtr((above - x) / width) - right),
        _quantile(down + log_ndtr((x - below) / width) - left),
    )
    score = turn(score)
    tail = log_ndtr(-score)
    return np.where(
        tail < up,
        np.maximum(above - width * _quantile(tail - up + right), 0.0),
        np.minimum(below + width * _quantile(log_ndtr(score) - down + left), 0.0),
    )
