"""The shapes of multiscale CLEAN and what the PSF makes of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import fft

__all__ = ["Scales", "scale_bias", "shape_kernel"]

Floats = NDArray[np.float64]

_ROUNDING = 1e-12
"""Of the largest value of a convolution by FFT."""


def shape_kernel(size: float) -> Floats:
    """Return a tapered paraboloid of unit sum, odd side; size 0 is a single pixel.

    ``1 - (2r/size)^2`` under a Hann window, zero beyond ``size / 2`` pixels (the paraboloid of Cornwell 2008, IEEE J.
    Sel. Top. Signal Process. 2, 793, with the window of Offringa & Smirnov 2017); its width at half maximum is 0.43
    ``size``.
    """
    reach = int(np.ceil(size / 2))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    radius = np.hypot(y, x) / max(size / 2, 0.5)
    kernel = np.where(radius < 1, (1 - radius**2) * 0.5 * (1 + np.cos(np.pi * radius)), 0.0)
    return np.asarray(kernel / kernel.sum())


def scale_bias(sizes: tuple[float, ...], bias: float) -> Floats:
    """Return the factor of every scale in the choice between scales: ``bias^(-1 - log2(size / first))``.

    ``first`` is the smallest size that is not zero; a point has 1 (Offringa & Smirnov 2017, MNRAS 471, 301, sect. 2).
    """
    first = min((size for size in sizes if size > 0), default=1.0)
    return np.array([1.0 if size == 0 else bias ** (-1 - np.log2(size / first)) for size in sizes])


@dataclass(frozen=True, eq=False)
class Scales:
    """Images convolved with every shape, and the PSF with every two.

    Parameters
    ----------
    psf : ndarray, shape (2 rows, 2 columns)
        Unit peak at ``(rows, columns)``.
    sizes : tuple of float
        Full widths of the shapes in pixels, 0 for a point.
    """

    psf: Floats
    sizes: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.psf.shape[0] // 2, self.psf.shape[1] // 2

    def smoothed(self, image: Floats, scale: int) -> Floats:
        """Return an image, zero beyond its edges, convolved with a shape."""
        size = self.sizes[scale]
        if size == 0:
            return image
        return _convolved(image, [shape_kernel(size)])

    def drawn(self, components: Floats, scale: int) -> Floats:
        """Return components in their shape; what is only rounding of the convolution is zero."""
        image = self.smoothed(components, scale)
        return np.where(np.abs(image) > _ROUNDING * np.abs(image).max(), image, 0.0)

    def observed(self, image: Floats) -> Floats:
        """Return an image convolved with the PSF: Jy/pixel to Jy per dirty beam."""
        return _convolved(image, [self.psf])

    @cached_property
    def psfs(self) -> Floats:
        """PSF convolved with two shapes, shape (n_scales, n_scales, 2 rows, 2 columns)."""
        kernels = [shape_kernel(size) for size in self.sizes]
        if self.sizes == (0.0,):
            return self.psf[None, None]
        crossed = np.empty((len(kernels), len(kernels), *self.psf.shape))
        for i, one in enumerate(kernels):
            for j, other in enumerate(kernels[: i + 1]):
                crossed[i, j] = crossed[j, i] = _convolved(self.psf, [one, other])
        return crossed


def _convolved(image: Floats, kernels: list[Floats]) -> Floats:
    """Return the part of a linear convolution that lies on the image; kernels are centred at half their sides."""
    reach = [sum(kernel.shape[axis] for kernel in kernels) for axis in (0, 1)]
    rows, columns = image.shape
    padded = tuple(fft.next_fast_len(n + r, real=True) for n, r in zip(image.shape, reach, strict=True))
    product = fft.rfft2(image, padded)
    top = left = 0
    for kernel in kernels:
        product *= fft.rfft2(kernel, padded)
        top, left = top + kernel.shape[0] // 2, left + kernel.shape[1] // 2
    return np.asarray(fft.irfft2(product, padded)[top : top + rows, left : left + columns])
