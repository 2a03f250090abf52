"""The exact sum over a list of directions: slow, simple, and the referee of every other operator."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import FOURIER_SIGN, w_phase_cosine
from bayesim.errors import DataError
from bayesim.sky import Grid

__all__ = ["Dft"]

Floats = NDArray[np.float64]

_BLOCK_ELEMENTS = 1 << 20
"""Phases held at once (8 MiB per real array), so that no array is n_vis x n_pix."""


@dataclass(frozen=True, eq=False)
class Dft:
    """``V_i = sum_p x_p exp(-2 pi i (u_i l_p + v_i m_p + w_i (n_p - 1)))``, summed term by term.

    Parameters
    ----------
    u, v : ndarray, shape (n_vis,)
        Baselines in wavelengths.
    w : ndarray, shape (n_vis,), or None
        Third coordinate in wavelengths; None leaves the w term out (coplanar).
    l, m : ndarray
        Direction cosines (East, North) of the same shape, ``l^2 + m^2 <= 1``; their shape is the image's shape.

    Raises
    ------
    DataError
        Shapes differ.

    Notes
    -----
    Measurement equation of :mod:`bayesim.conventions`. Cost n_vis x k sines and cosines, memory a few blocks
    of 8 MiB. The phase is reduced in turns before the sine, so its error is about ``2 pi eps |turns|``.
    """

    u: Floats
    v: Floats
    w: Floats | None = field(repr=False)
    l: Floats
    m: Floats

    def __post_init__(self) -> None:
        shapes = {np.shape(c) for c in (self.u, self.v, self.w) if c is not None}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise DataError(f"u, v, w have shapes {sorted(shapes)}: give one value per visibility")
        if np.shape(self.l) != np.shape(self.m):
            raise DataError(f"l has shape {np.shape(self.l)}, m {np.shape(self.m)}: give one pair per direction")

    @classmethod
    def on_grid(cls, u: Floats, v: Floats, w: Floats | None, grid: Grid) -> "Dft":
        """Return the sum over every pixel of a grid; images have its shape."""
        l, m = np.broadcast_arrays(grid.l[None, :], grid.m[:, None])
        return cls(u, v, w, l, m)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the image side."""
        return self.l.shape

    @property
    def n_vis(self) -> int:
        """Number of visibilities."""
        return self.u.size

    def forward(self, image: Floats) -> NDArray[np.complex128]:
        """Return ``A x`` in Jy, shape (n_vis,), of an image in Jy/pixel of shape ``shape``."""
        values = np.reshape(image, -1)
        visibilities = np.zeros(self.n_vis, dtype=np.complex128)
        for block, kernel in self._kernel():
            visibilities += kernel @ values[block]
        return visibilities

    def adjoint(self, visibilities: NDArray[np.complex128]) -> Floats:
        """Return ``Re A^H y``, shape ``shape``."""
        image = np.empty(self.l.size)
        for block, kernel in self._kernel():
            image[block] = (np.conj(visibilities) @ kernel).real
        return image.reshape(self.shape)

    def _kernel(self) -> Iterator[tuple[slice, NDArray[np.complex128]]]:
        """Yield the columns of A by blocks of directions."""
        l, m = np.ravel(self.l), np.ravel(self.m)
        step = max(1, _BLOCK_ELEMENTS // max(1, self.n_vis))
        for start in range(0, l.size, step):
            block = slice(start, start + step)
            turns = np.outer(self.u, l[block]) + np.outer(self.v, m[block])
            if self.w is not None:
                turns += np.outer(self.w, w_phase_cosine(l[block], m[block]))
            turns -= np.rint(turns)
            yield block, np.exp(FOURIER_SIGN * 2j * np.pi * turns)
