"""The PSF between any two directions, w included: the Gram matrix and its derivatives, on the grid or off it."""

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.errors import GridError
from bayesim.operators._planes import Box, Planes
from bayesim.sky import Grid

__all__ = ["PsfKernel"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Directions = tuple[Floats, Floats]

_PAIRS = 1 << 19
"""Pairs looked up at a time: 12 MiB of differences."""


class PsfKernel:
    """``K(dl, dm, dn) = sum_i weight_i cos 2 pi (u_i dl + v_i dm + w_i dn)`` as a look-up.

    The visibilities are read once, here; a pair of directions then costs ``width^2 rank`` products, whatever the
    number of visibilities and the size of the pixels.

    Parameters
    ----------
    u, v, w : ndarray, shape (n_vis,)
        Baselines in wavelengths.
    weight : ndarray, shape (n_vis,)
        Weights in 1/Jy^2.
    grid : Grid
        The field of view: both directions of a pair lie in it.
    tolerance : float
        Accuracy relative to the sum of the weights, in [1e-12, 0.1].
    threads : int
        Threads of one call.

    Raises
    ------
    GridError
        The tolerance or the number of threads is out of range, or a direction lies outside the field.

    Notes
    -----
    Memory ``8 rank`` bytes per lattice point; the lattice has ``8 max|u| L`` by ``4 max|v| M`` points for a field of
    ``L`` by ``M`` radians: half of all differences, for ``K(-d) = K(d)``. ``rank`` grows with
    ``2 pi max|w| range(n)``. Derivatives are those of the same interpolant: the second ones have 30 times its error.
    """

    def __init__(
        self,
        u: Floats,
        v: Floats,
        w: Floats,
        weight: Floats,
        grid: Grid,
        *,
        tolerance: float = 1e-8,
        threads: int = 1,
    ) -> None:
        if not 1e-12 <= tolerance <= 0.1:
            raise GridError(f"tolerance {tolerance} must lie in [1e-12, 0.1]")
        if threads < 1:
            raise GridError(f"threads {threads} must be at least 1: state the number wanted")
        self._box = Box.of(grid).differences
        self._planes = Planes(u, v, w, self._box, tolerance=tolerance, threads=threads)
        self._values = self._planes.adjoint(weight.astype(np.complex128))

    def between(self, rows: Directions, columns: Directions | None = None) -> Floats:
        """Return ``K`` between directions.

        Parameters
        ----------
        rows, columns : (l, m) of ndarray
            Direction cosines; ``columns=None`` means the rows again, exactly symmetric and at half of the cost.

        Returns
        -------
        ndarray, shape (rows, columns)
            In 1/Jy^2, without any response.
        """
        other = rows if columns is None else columns
        out = np.empty((np.size(rows[0]), np.size(other[0])))
        step = max(1, _PAIRS // max(1, out.shape[1]))
        for start in range(0, out.shape[0], step):
            some = slice(start, min(start + step, out.shape[0]))
            if columns is None:
                i, j = np.tril_indices(some.stop - start, k=start, m=some.stop)
            else:
                i, j = (k.ravel() for k in np.indices((some.stop - start, out.shape[1])))
            _, l, m, t = self._differences(rows, other, i + start, j)
            out[i + start, j] = self._planes.at(self._values, l, m, t)
            if columns is None:
                out[j, i + start] = out[i + start, j]
        return out

    def differences(self, l: Floats, m: Floats) -> Floats:
        """Return ``K`` at differences of directions near the field's centre, ``dn = 0``, shape (k,), in 1/Jy^2."""
        zero = np.zeros(np.size(l))
        sign = np.where(m < 0, -1.0, 1.0)
        return self._planes.at(self._values, l * sign, m * sign, zero)

    def jet(self, rows: Directions, columns: Directions, i: Indices, j: Indices) -> Floats:
        """Return ``K`` and its derivatives with respect to the differences ``rows[i] - columns[j]``.

        Parameters
        ----------
        rows, columns : (l, m) of ndarray
            Direction cosines.
        i, j : ndarray of int64, shape (n,)
            The pairs.

        Returns
        -------
        ndarray, shape (n, 10)
            ``K``; d/dl, d/dm, d/dn; ll, lm, ln, mm, mn, nn, in 1/Jy^2 per unit of direction cosine.
        """
        sign, l, m, t = self._differences(rows, columns, i, j)
        jets = self._planes.jet(self._values, l, m, t)
        jets[:, 1:4] *= sign[:, None]
        return jets

    def _differences(
        self, rows: Directions, columns: Directions, i: Indices, j: Indices
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the sign that turns a difference to the North, and the turned difference."""
        l, m = rows[0][i] - columns[0][j], rows[1][i] - columns[1][j]
        t = w_phase_cosine(*rows)[i] - w_phase_cosine(*columns)[j]
        sign = np.where(m < 0, -1.0, 1.0)
        l, m, t = l * sign, m * sign, t * sign
        for name, values, (low, high) in zip(("l", "m"), (l, m), self._box[:2], strict=True):
            slack = 1e-9 * (high - low)
            if values.size and not (values.min() >= low - slack and values.max() <= high + slack):
                raise GridError(
                    f"two directions differ by {np.abs(values).max():.4g} in {name}, the field spans {high:.4g}: "
                    f"make the kernel with a grid that holds every source"
                )
        return sign, l, m, t
