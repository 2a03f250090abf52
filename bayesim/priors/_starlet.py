"""Starlet transform of an image: differences between successive smoothings by a B3 spline, twice as wide each time.

With half-sample mirrored borders the cosine transform (type 2) diagonalises every smoothing: the spline
``(1 4 6 4 1)/16`` dilated by ``2^j`` multiplies frequency ``k`` of ``n`` pixels by ``cos^4(2^j pi k / 2n)``.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

__all__ = ["Starlet", "noise_of_scales", "smoothings"]

Floats = NDArray[np.float64]

_FINE = 256
"""Frequencies per axis for the noise of the scales, times ``2^levels`` over 4: exact to 1e-9."""


def smoothings(n: int, levels: int) -> Floats:
    """Return what 0, 1, ... levels smoothings multiply the cosine frequencies by, shape (levels + 1, n)."""
    return _products(np.pi * np.arange(n) / (2 * n), levels)


def _products(half_angle: Floats, levels: int) -> Floats:
    factors = [np.ones_like(half_angle), *(np.cos(2.0**j * half_angle) ** 4 for j in range(levels))]
    return np.asarray(np.cumprod(factors, axis=0))


@lru_cache(maxsize=16)
def noise_of_scales(levels: int) -> tuple[float, ...]:
    """Return the standard deviation of every detail plane of unit white noise, far from borders: 0.891, 0.201 ..."""
    count = _FINE * 2 ** max(levels - 2, 0)
    one = _products(np.pi * (np.arange(count) + 0.5) / (2 * count), levels)
    # mean of (S_j S_j' - S_(j+1) S_(j+1)')^2 over both axes, each mean a product of one-dimensional ones
    square, cross = np.mean(one**2, axis=1), np.mean(one[:-1] * one[1:], axis=1)
    return tuple(np.sqrt(square[:-1] ** 2 - 2 * cross**2 + square[1:] ** 2).tolist())


@dataclass(frozen=True, eq=False)
class Starlet:
    """Weighted detail planes of images of one shape, as an :class:`~bayesim.priors._dual_prox.Analysis`.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    weights : tuple of float
        Factor of every plane, finest first; their number is that of the scales.
    """

    shape: tuple[int, int]
    weights: tuple[float, ...]

    @cached_property
    def spectra(self) -> Floats:
        """What the details multiply the cosine spectrum by, shape (levels, rows, columns)."""
        rows, columns = (smoothings(n, len(self.weights)) for n in self.shape)
        smooth = rows[:, :, None] * columns[:, None, :]
        return np.asarray((smooth[:-1] - smooth[1:]) * np.array(self.weights)[:, None, None])

    @cached_property
    def normal(self) -> Floats:
        """Eigenvalues of ``D' D`` by cosine frequency; 0 for the constant alone."""
        return np.asarray(np.sum(self.spectra**2, axis=0))

    @property
    def bound(self) -> float:
        """The largest of them."""
        return float(self.normal.max())

    def features(self, x: Floats) -> Floats:
        """Return the weighted details, shape (levels, rows, columns)."""
        return np.asarray(fft.idctn(self.spectra * fft.dctn(x, norm="ortho"), axes=(1, 2), norm="ortho"))

    def gathered(self, field: Floats) -> Floats:
        """Return the adjoint: every detail operator is symmetric."""
        spectrum = np.sum(self.spectra * fft.dctn(field, axes=(1, 2), norm="ortho"), axis=0)
        return np.asarray(fft.idctn(spectrum, norm="ortho"))

    def sizes(self, field: Floats) -> Floats:
        """Return absolute values."""
        return np.abs(field)

    def projected(self, field: Floats) -> Floats:
        """Return the field clipped to [-1, 1]."""
        return np.clip(field, -1.0, 1.0)

    def inverse(self, image: Floats) -> Floats:
        """Return ``(D' D)^-1 image`` without its constant."""
        spectrum = self.normal.copy()
        spectrum[0, 0] = np.inf
        return np.asarray(fft.idctn(fft.dctn(image, norm="ortho") / spectrum, norm="ortho"))
