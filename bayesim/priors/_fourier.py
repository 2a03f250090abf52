"""Real orthonormal transforms of an image as products of matrices, for PyTensor graphs and draws.

Products with constant matrices stay in compiled code (no GIL), and can be differentiated any number of times.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

__all__ = ["both_axes", "cosine", "hartley", "waves"]

Floats = NDArray[np.float64]


@lru_cache(maxsize=32)
def hartley(n: int) -> Floats:
    """Return the orthogonal matrix ``(cos + sin)(2 pi j k / n) / sqrt(n)``, which diagonalises even circulants."""
    real, imaginary = waves(n)
    return _frozen((real + imaginary) / np.sqrt(n))


@lru_cache(maxsize=32)
def cosine(n: int) -> Floats:
    """Return the orthogonal DCT-II matrix, frequency by pixel: it diagonalises the Laplacian with reflecting ends."""
    return _frozen(np.asarray(dct(np.eye(n), axis=0, norm="ortho")))


@lru_cache(maxsize=32)
def waves(n: int) -> tuple[Floats, Floats]:
    """Return ``cos(2 pi j k / n)`` and ``sin(2 pi j k / n)``, frequency by pixel, both symmetric."""
    # the product modulo n keeps the angle small, and the matrix exactly symmetric
    angle = 2 * np.pi / n * (np.outer(np.arange(n), np.arange(n)) % n)
    return _frozen(np.cos(angle)), _frozen(np.sin(angle))


def both_axes(left: Floats, image: Any, right: Floats) -> Any:
    """Return ``left @ image @ right.T`` for NumPy or PyTensor images."""
    return left @ image @ right.T


def _frozen(matrix: Floats) -> Floats:
    matrix.setflags(write=False)
    return matrix
