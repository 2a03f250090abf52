"""The gridding kernel: exp of a semicircle, its width for an accuracy, its taps, and its Fourier transform."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import chebyshev, polynomial
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
    def of_tolerance(cls, tolerance: float, *, upsampling: float = UPSAMPLING) -> "GriddingKernel":
        """Return the narrowest kernel for a relative accuracy on a grid so much finer than Nyquist's."""
        decay = np.pi * np.sqrt(1 - 1 / upsampling)
        width = max(3, int(np.ceil(np.log(_EDGE / tolerance) / decay)))
        return cls(width, float(_SAFETY * np.pi * width * (1 - 0.5 / upsampling)))

    @cached_property
    def taps(self) -> Floats:
        """Coefficients, shape (degree + 1, width), of the tap of every cell as a polynomial.

        The first cell under the kernel is ``ceil(position - width/2)``; with ``s`` in [0, 1) its distance from
        ``position - width/2``, the polynomials take ``2 s - 1``. Their error stays below that of the gridding.
        """
        degree = self.width + 5
        x = np.cos(np.pi * (np.arange(4 * degree) + 0.5) / (4 * degree))
        z = ((x[:, None] + 1) / 2 - self.width / 2 + np.arange(self.width)) * (2 / self.width)
        values = np.exp(self.beta * (np.sqrt(np.maximum(0.0, 1 - z * z)) - 1))
        fitted = chebyshev.chebfit(x, values, degree)
        columns = [np.pad(p, (0, degree + 1 - p.size)) for p in (chebyshev.cheb2poly(c) for c in fitted.T)]
        return np.ascontiguousarray(np.array(columns).T)

    @cached_property
    def slopes(self) -> tuple[Floats, Floats]:
        """First and second derivative of :attr:`taps` with respect to the position in cells, same shapes."""
        first = np.zeros_like(self.taps)
        second = np.zeros_like(self.taps)
        # moving the position by one cell lowers s by one, and 2 s - 1 by two
        first[:-1] = -2 * polynomial.polyder(self.taps)
        second[:-2] = 4 * polynomial.polyder(self.taps, 2)
        return first, second

    def transform(self, turns: Floats) -> Floats:
        """Return the Fourier transform at frequencies in turns per cell, from the polynomial fit of smooth data."""
        reach = float(np.abs(turns).max(initial=0.0))
        if reach == 0:
            return np.full(turns.shape, float(self._transform(np.zeros(1))[0]))
        degree = 24 + 2 * self.width
        nodes = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
        series = chebyshev.chebfit(nodes, self._transform(reach * np.sqrt((nodes + 1) / 2)), degree)
        small = np.abs(series) < 1e-15 * np.abs(series).max()
        series = series[: degree + 1 - int(np.argmin(small[::-1]))]
        return np.asarray(chebyshev.chebval(2 * (turns / reach) ** 2 - 1, series))

    def correction(self, n: int, padded: int) -> Floats:
        """Return one over the kernel's Fourier transform at the pixel offsets ``-(n // 2) ...``, shape (n,)."""
        return 1 / self._transform((np.arange(n) - n // 2) / padded)

    def _transform(self, turns: Floats) -> Floats:
        nodes, weights = np.polynomial.legendre.leggauss(2 * self.width + 30)
        samples = weights * np.exp(self.beta * (np.sqrt(1 - nodes**2) - 1))
        return np.asarray(np.cos(np.outer(np.pi * self.width * turns, nodes)) @ samples * (self.width / 2))
