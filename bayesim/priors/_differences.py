"""Differences between neighbouring pixels, their adjoint, and the inverse of their normal matrix.

``D x`` holds ``x[i+1, j] - x[i, j]`` and ``x[i, j+1] - x[i, j]``, zero where there is no neighbour (Chambolle 2004).
The discrete cosine transform (type 2) diagonalises ``D' D``: ``4 sin^2(pi j / 2 M) + 4 sin^2(pi k / 2 N)``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from bayesim.errors import ModelError

__all__ = ["checked_level", "constant_conjugate", "differences", "eigenvalues", "gathered", "shape_of", "solved"]

Floats = NDArray[np.float64]


def differences(x: Floats) -> Floats:
    """Return ``D x``, shape (2, rows, columns)."""
    result = np.zeros((2, *x.shape))
    np.subtract(x[1:], x[:-1], out=result[0, :-1])
    np.subtract(x[:, 1:], x[:, :-1], out=result[1, :, :-1])
    return result


def gathered(p: Floats) -> Floats:
    """Return ``D' p``, shape (rows, columns)."""
    result = np.zeros(p.shape[1:])
    result[:-1] -= p[0, :-1]
    result[1:] += p[0, :-1]
    result[:, :-1] -= p[1, :, :-1]
    result[:, 1:] += p[1, :, :-1]
    return result


def eigenvalues(shape: tuple[int, ...]) -> Floats:
    """Return the eigenvalues of ``D' D`` by cosine frequency, shape (rows, columns); [0, 0] is the constant's."""
    rows, columns = (4 * np.sin(np.pi * np.arange(n) / (2 * n)) ** 2 for n in shape)
    return np.asarray(rows[:, None] + columns[None, :])


def solved(image: Floats, spectrum: Floats) -> Floats:
    """Return the image with its cosine spectrum divided by ``spectrum``."""
    return np.asarray(fft.idctn(fft.dctn(image, norm="ortho") / spectrum, norm="ortho"))


def checked_level(level: float) -> None:
    """Refuse a level that is no standard deviation."""
    if not level > 0:
        raise ModelError(f"level {level} Jy/pixel must be positive: the prior's standard deviation of the mean pixel")


def constant_conjugate(gradient: Floats, level: float) -> float:
    """Return the conjugate of ``mean(x)^2 / (2 level^2)`` at a gradient, 0 where an infinite level asks for sum 0."""
    return 0.5 * (level * float(gradient.sum())) ** 2 if np.isfinite(level) else 0.0


def shape_of(model: Any, dims: tuple[str, ...], level: float) -> tuple[int, int]:
    """Return the lengths of two dims of a model, for a prior that is proper."""
    if not np.isfinite(level):
        raise ModelError(
            "differences leave the mean of the image free, so this prior is improper: give it a finite level, the "
            "standard deviation (Jy/pixel) that the mean pixel may have"
        )
    if len(dims) != 2:
        raise ModelError(f"dims {dims} must be two, rows and columns of one image")
    rows, columns = (len(model.coords[name]) for name in dims)
    return rows, columns
