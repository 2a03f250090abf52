"""Real images of several terms from scattered baselines: a NUFFT that skips the empty part of the uv plane."""

from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from bayesim.operators._half_plane import fold, unfold
from bayesim.operators._kernel import GriddingKernel, padded_length
from bayesim.operators._parallel import on_threads, slices
from bayesim.operators._stencil import interpolate, spread

__all__ = ["Band"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Indices = NDArray[np.int64]

_CHUNK_BYTES = 256 << 20
"""Memory of the fine uv grid held at once; terms beyond it are done in turn."""


class Band:
    """The columns of the fine uv grid that baselines touch, one Hermitian half of them.

    Images here are real, so a baseline and its opposite are one; FFTs along the rows are done for touched columns
    only, and those along the columns for rows of the image only, as real transforms.

    Parameters
    ----------
    row, column : ndarray, shape (n,)
        Turns of phase per row and per column of the image, within [-1/2, 1/2].
    factors : ndarray of float64, shape (n, terms)
        Real factor of every baseline and term; terms from ``n_even`` on are multiplied by i.
    n_even : int
        Number of terms without the i.
    shape : (int, int)
        Rows and columns of the images; ``(rows // 2, columns // 2)`` is the centre.
    tolerance : float
        Relative accuracy.
    threads : int
        Python threads, which compiled loops and FFTs use without the interpreter's lock.
    """

    def __init__(
        self,
        row: Floats,
        column: Floats,
        factors: Floats,
        n_even: int,
        shape: tuple[int, int],
        *,
        tolerance: float,
        threads: int,
    ) -> None:
        self.shape, self.threads, self.n_even = shape, threads, n_even
        self.kernel = GriddingKernel.of_tolerance(tolerance)
        self.padded = (padded_length(shape[0], self.kernel.width), padded_length(shape[1], self.kernel.width))
        self.correction = tuple(self.kernel.correction(n, p) for n, p in zip(shape, self.padded, strict=True))
        flipped = column < 0
        sign = np.where(flipped, -1.0, 1.0)
        cells = sign * column * self.padded[1], sign * row * self.padded[0]
        # neighbours in the grid become neighbours in memory
        key = np.floor(cells[0]).astype(np.int64) * (2 * self.padded[0]) + np.floor(cells[1]).astype(np.int64)
        self.order = np.argsort(key)
        self.flipped = flipped[self.order]
        self.column, self.first, self.n_columns = self._from_first(cells[0][self.order])
        self.row, self.first_row, self.n_rows = self._from_first(cells[1][self.order])
        self.factors = factors[self.order]
        self.factors[np.ix_(self.flipped, np.arange(n_even, factors.shape[1]))] *= -1

    def _from_first(self, cells: Floats) -> tuple[Floats, int, int]:
        """Return positions counted from the first cell touched, that cell, and the number of cells touched."""
        width = self.kernel.width
        first = int(np.ceil(cells.min() - width / 2))
        return cells - first, first, int(np.ceil(cells.max() - width / 2)) + width - first

    @property
    def terms(self) -> int:
        """Number of images."""
        return int(self.factors.shape[1])

    def chunks(self) -> list[range]:
        """Return the terms in groups whose fine grid fits the memory bound."""
        step = max(1, _CHUNK_BYTES // (16 * self.n_columns * self.padded[0]))
        return [range(k, min(k + step, self.terms)) for k in range(0, self.terms, step)]

    def spread(self, values: Complexes, terms: range) -> Complexes:
        """Return the band (columns, rows, terms) of visibilities, transformed along the rows."""
        ordered, factors = self._ordered(values), self._factors(terms)
        touched = np.zeros((self.n_columns, 2 * len(terms) * self.n_rows))
        lock = Lock()

        def some(p: slice) -> None:
            column, low, count = self._from_first(self.column[p])
            own = np.zeros((count, touched.shape[1]))
            spread(own, column, self.row[p], ordered[p], factors[p], self._even(terms), self.kernel.taps)
            with lock:
                touched[low : low + count] += own

        on_threads(some, [p for p in slices(ordered.size, self.threads) if p.stop > p.start], threads=self.threads)
        grid = np.zeros((self.n_columns, self.padded[0], len(terms)), dtype=np.complex128)
        complexes = touched.view(np.complex128).reshape(self.n_columns, self.n_rows, len(terms))
        for here, there in self._wrapped():
            grid[:, there] += complexes[:, here]
        return np.asarray(fft.ifft(grid, axis=1, norm="forward", overwrite_x=True, workers=self.threads))

    def planes(self, grid: Complexes, rows: Indices) -> Floats:
        """Return image rows of every term, shape (terms, rows, padded columns): centre at column 0, wrapping."""
        half = np.empty((grid.shape[2], rows.size, self.padded[1] // 2 + 1), dtype=np.complex128)
        fold(grid, self.first, self._fine_rows(rows), self.correction[0][rows], half)
        return np.asarray(fft.irfft(half, n=self.padded[1], axis=2, norm="forward", overwrite_x=True))

    def empty(self, terms: int) -> Complexes:
        """Return a band of zeros for :meth:`absorb`."""
        return np.zeros((self.n_columns, self.padded[0], terms), dtype=np.complex128)

    def absorb(self, grid: Complexes, planes: Floats, rows: Indices) -> None:
        """Put image rows of every term into the band: the transpose of :meth:`planes`."""
        half = fft.rfft(planes, axis=2, overwrite_x=True)
        unfold(half, self.first, self._fine_rows(rows), self.correction[0][rows], grid)

    def interpolate(self, grid: Complexes, terms: range, total: Complexes) -> None:
        """Add the visibilities of a band, terms summed, to ``total``: the transpose of :meth:`spread`."""
        grid = fft.fft(grid, axis=1, overwrite_x=True, workers=self.threads)
        touched = np.empty((self.n_columns, self.n_rows, len(terms)), dtype=np.complex128)
        for here, there in self._wrapped():
            touched[:, here] = grid[:, there]
        numbers = touched.reshape(self.n_columns, -1).view(np.float64)
        out, factors = np.zeros(self.order.size, dtype=np.complex128), self._factors(terms)

        def some(p: slice) -> None:
            interpolate(numbers, self.column[p], self.row[p], out[p], factors[p], self._even(terms), self.kernel.taps)

        on_threads(some, slices(out.size, self.threads), threads=self.threads)
        total[self.order] += np.where(self.flipped, out.conj(), out)

    def _factors(self, terms: range) -> Floats:
        return np.ascontiguousarray(self.factors[:, terms.start : terms.stop])

    def _even(self, terms: range) -> int:
        return min(max(self.n_even - terms.start, 0), len(terms))

    def _wrapped(self) -> list[tuple[slice, slice]]:
        """Return pairs of row slices, touched and padded: the touched rows wrap around the padded grid."""
        pairs, here = [], 0
        while here < self.n_rows:
            there = (self.first_row + here) % self.padded[0]
            count = min(self.n_rows - here, self.padded[0] - there)
            pairs.append((slice(here, here + count), slice(there, there + count)))
            here += count
        return pairs

    def _ordered(self, values: Complexes) -> Complexes:
        ordered = np.asarray(values, dtype=np.complex128)[self.order]
        return np.where(self.flipped, ordered.conj(), ordered)

    def _fine_rows(self, rows: Indices) -> Indices:
        return (rows - self.shape[0] // 2) % self.padded[0]
