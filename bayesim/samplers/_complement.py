"""What the normal operator lacks of being diagonal: its product with an image, and noise of that covariance."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from bayesim.operators.normal import Normal

__all__ = ["Complement"]

Floats = NDArray[np.float64]

_LEAST = 1e-9
"""Relative, of the diagonal: no pixel is without precision, however little the primary beam leaves of it."""


class Complement:
    """``R = diag(p) - G``, where ``p = c D^2`` is so large that ``R`` is positive semi-definite.

    ``G = D C D`` with a circulant ``C`` on the padded grid, so ``R = D (c - C) D`` with ``c`` the largest element of
    the transfer function: a root of ``c - C`` is at hand, and noise of covariance ``R`` is exact (circulant
    embedding; Dietrich & Newsam 1997, SIAM J. Sci. Comput. 18, 1088). Negative elements do no harm.

    Attributes
    ----------
    level : float
        ``c`` in 1/Jy^2.
    precision : ndarray, shape (rows, columns)
        ``p`` in 1/Jy^2; where the beam leaves less than a billionth of the largest, that is added to ``R`` too.
    """

    def __init__(self, normal: Normal) -> None:
        self.normal = normal
        self.level = float(normal.transfer.max())
        response = np.ones(normal.shape) if normal.response is None else normal.response
        precision = self.level * np.square(response)
        self.precision = np.maximum(precision, _LEAST * float(precision.max()))
        self._added = self.precision - precision
        self._rest = self.level - normal.transfer
        rows, columns = normal.padded_shape
        # of a complex normal number; only the symmetric half of the columns that are their own mirror image is seen
        weight = np.full(columns // 2 + 1, 0.5)
        weight[0] = 1.0
        if columns % 2 == 0:
            weight[-1] = 1.0
        self._root = np.sqrt(self._rest * weight * (rows * columns))

    def product_and_noise(self, image: Floats, rng: np.random.Generator, *, pull: float, noise: float) -> Floats:
        """Return ``pull R image + noise n`` with ``n`` normal of covariance ``R``: one FFT pair.

        Parameters
        ----------
        image : ndarray, shape (rows, columns)
            Jy/pixel.
        rng : Generator
        pull, noise : float
            Factors.

        Returns
        -------
        ndarray, shape (rows, columns)
            1/Jy.
        """
        normal, (rows, columns) = self.normal, self.normal.shape
        length, width = normal.padded_shape
        seen = image if normal.response is None else image * normal.response
        half = fft.rfft(seen, n=width, axis=1, workers=normal.threads)
        spectrum = fft.fft(half, n=length, axis=0, overwrite_x=True, workers=normal.threads)
        spectrum *= pull * self._rest
        white = rng.standard_normal((length, width // 2 + 1, 2)).view(np.complex128)[..., 0]
        spectrum += noise * self._root * white
        half = fft.ifft(spectrum, axis=0, overwrite_x=True, workers=normal.threads)[:rows]
        both = fft.irfft(half, n=width, axis=1, workers=normal.threads)[:, :columns]
        if normal.response is None:
            return np.ascontiguousarray(both)
        apart = pull * self._added * image + noise * np.sqrt(self._added) * rng.standard_normal(image.shape)
        return np.asarray(both * normal.response + apart)
