"""The gridding kernel: exp of a semicircle, its width for an accuracy, and what the FFT must be divided by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

__all__ = ["UPSAMPLING", "GriddingKernel", "padded_length"]

Floats = NDArray[np.float64]

UPSAMPLING = 1.5
"""Fine grid over image: the padded FFTs are real and pruned, so a narrow kernel (9 cells at 1e-7) is worth 1.5."""

_SAFETY = 0.97
"""Of the largest admissible shape parameter (Barnett, Magland & af Klinteberg 2019, eq. 4.9)."""

_EDGE = 2.5
"""The error of a pixel at the edge of the image over the bound's exponential: measured 0.8 to 2."""


def padded_length(n: int, width: int) -> int:
    """Return an even fast FFT length of at least ``UPSAMPLING * n``, on which a kernel does not meet itself."""
    least = max(int(np.ceil(UPSAMPLING * n)), 2 * width)
    return 2 * int(fft.next_fast_len(-(-least // 2), real=True))


@dataclass(frozen=True)
class GriddingKernel:
    """``phi(z) = exp(beta (sqrt(1 - z^2) - 1))`` on ``|z| <= 1``, with ``z = 2 (distance in cells) / width``.

    Parameters
    ----------
    width : int
        Support in cells of the fine grid.
    beta : float
        Shape.

    Notes
    -----
    Barnett, Magland & af Klinteberg 2019, SIAM J. Sci. Comput. 41, C479: the aliasing error falls as
    ``exp(-pi width sqrt(1 - 1/upsampling))``.
    """

    width: int
    beta: float

    @classmethod
    def of_tolerance(cls, tolerance: float) -> "GriddingKernel":
        """Return the narrowest kernel for a relative accuracy."""
        decay = np.pi * np.sqrt(1 - 1 / UPSAMPLING)
        width = max(3, int(np.ceil(np.log(_EDGE / tolerance) / decay)))
        return cls(width, float(_SAFETY * np.pi * width * (1 - 0.5 / UPSAMPLING)))

    def correction(self, n: int, padded: int) -> Floats:
        """Return one over the kernel's Fourier transform at the pixel offsets ``-(n // 2) ...``, shape (n,)."""
        nodes, weights = np.polynomial.legendre.leggauss(2 * self.width + 30)
        samples = weights * np.exp(self.beta * (np.sqrt(1 - nodes**2) - 1))
        offsets = np.arange(n) - n // 2
        phase = np.outer(offsets, nodes) * (np.pi * self.width / padded)
        return np.asarray(2 / (self.width * (np.cos(phase) @ samples)))
