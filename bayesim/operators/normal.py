"""The normal operator ``x -> A'WA x`` as one FFT convolution with the PSF, whatever the number of visibilities."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from bayesim.operators.statistics import Statistics

__all__ = ["Normal"]

Floats = NDArray[np.float64]


class Normal:
    """``G = D A'WA D`` of coplanar visibilities: block Toeplitz, embedded in a circulant.

    Parameters
    ----------
    statistics : Statistics
        Dirty image, PSF on the doubled grid, and the response ``D``.
    threads : int
        Threads of every FFT.

    Attributes
    ----------
    padded_shape : (int, int)
        Sides of the FFT, at least ``2 N - 1``: no wrap reaches the image.
    transfer : ndarray, shape (padded rows, padded columns // 2 + 1)
        Fourier transform of the PSF with its peak at (0, 0), in 1/Jy^2; real, because the PSF is symmetric.
    dirty : ndarray
        ``d`` in 1/Jy.
    response : ndarray or None
        ``D``.

    Notes
    -----
    Exact to rounding for every shape: entries of the circulant that no pair of pixels uses are zero. Memory:
    ``transfer`` and one complex work array of the same length. FFTs of rows that are only padding are skipped.
    """

    def __init__(self, statistics: Statistics, *, threads: int = 1) -> None:
        self.shape = statistics.grid.shape
        self.threads = threads
        self.dirty = statistics.dirty
        self.response = statistics.response
        rows, columns = self.shape
        self.padded_shape = (int(fft.next_fast_len(2 * rows - 1)), int(fft.next_fast_len(2 * columns - 1, real=True)))
        kernel = np.zeros(self.padded_shape)
        dr, dc = np.arange(1 - rows, rows), np.arange(1 - columns, columns)
        kernel[np.ix_(dr, dc)] = statistics.psf[1:, 1:]
        self.transfer: Floats = np.ascontiguousarray(fft.rfft2(kernel, workers=threads).real)

    def apply(self, image: Floats) -> Floats:
        """Return ``G x`` in 1/Jy of an image in Jy/pixel, both (rows, columns)."""
        rows, columns = self.shape
        seen = image if self.response is None else image * self.response
        # axis by axis, so that rows of padding are neither transformed nor transformed back
        half = fft.rfft(seen, n=self.padded_shape[1], axis=1, workers=self.threads)
        full = fft.fft(half, n=self.padded_shape[0], axis=0, overwrite_x=True, workers=self.threads)
        full *= self.transfer
        half = fft.ifft(full, axis=0, overwrite_x=True, workers=self.threads)[:rows]
        product = fft.irfft(half, n=self.padded_shape[1], axis=1, workers=self.threads)[:, :columns]
        return np.ascontiguousarray(product) if self.response is None else product * self.response

    def value_and_gradient(self, image: Floats) -> tuple[float, Floats]:
        """Return ``d'x - 1/2 x'Gx`` (log-likelihood less a constant) and its gradient ``d - Gx``: one FFT pair."""
        product = self.apply(image)
        value = float(np.vdot(image, self.dirty) - 0.5 * np.vdot(image, product))
        return value, self.dirty - product
