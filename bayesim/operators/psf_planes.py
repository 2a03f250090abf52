"""The PSF as a function of position on the grid *and* of the difference in n: the Gram look-up when w matters."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._band import Band
from bayesim.operators._compiled import compiled
from bayesim.operators._grid_points import turns_per_pixel
from bayesim.operators._parallel import on_threads
from bayesim.operators._phase_basis import PhaseBasis
from bayesim.sky import Grid

__all__ = ["PsfPlanes"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_ROWS = 8
"""Image rows in flight per thread."""


class PsfPlanes:
    """``G = sum_i weight_i cos 2 pi (u dl + v dm + w dn)`` for any two pixels, by look-up.

    ``(dl, dm)`` lies on the doubled grid and ``dn`` in a short range, so the phase of ``w dn`` is expanded once in
    ``rank`` products (:mod:`_phase_basis`) and one PSF is kept per product; a pair costs ``rank`` numbers that lie
    side by side in memory.

    Parameters
    ----------
    u, v, w : ndarray, shape (n_vis,)
        Baselines in wavelengths.
    weight : ndarray, shape (n_vis,)
        Weights in 1/Jy^2.
    grid : Grid
        Pixels of the image.
    tolerance : float
        Accuracy relative to the sum of the weights.
    threads : int
        Threads of the construction.

    Notes
    -----
    Memory ``16 rank rows columns`` bytes: half of the doubled grid, for G(-d) = G(d).
    """

    def __init__(
        self,
        u: Floats,
        v: Floats,
        w: Floats,
        weight: Floats,
        grid: Grid,
        *,
        tolerance: float = 1e-9,
        threads: int = 1,
    ) -> None:
        self.grid = grid
        self._basis = _basis(w, grid, tolerance)
        self._range = float(np.ptp(grid.n_minus_1)) or 1.0
        rows, columns = grid.shape
        longest = float(np.abs(w).max()) or 1.0
        band = Band(
            *turns_per_pixel(u, v, grid),
            self._basis.factors(w / longest),
            self._basis.n_even,
            (2 * rows, 2 * columns),
            tolerance=tolerance / 2,
            threads=threads,
        )
        self._planes = np.empty((rows, 2 * columns, self._basis.rank))
        for terms in band.chunks():
            fine = band.spread(weight.astype(np.complex128), terms)
            on_threads(partial(self._fill, band, fine, terms), range(0, rows, _ROWS), threads=threads)

    def _fill(self, band: Band, fine: NDArray[np.complex128], terms: range, start: int) -> None:
        """Compute some rows of the planes, the row of no difference being the first."""
        rows, columns = self.grid.shape
        some = np.arange(start, min(start + _ROWS, rows))
        planes = band.planes(fine, some + rows)
        centred = np.concatenate([planes[:, :, -columns:], planes[:, :, :columns]], axis=2) * band.correction[1]
        self._planes[start : start + some.size, :, terms.start : terms.stop] = np.moveaxis(centred, 0, 2)

    @staticmethod
    def rank_needed(w: Floats, grid: Grid, *, tolerance: float = 1e-9) -> int:
        """Return the number of planes before they are made: each holds ``2 rows columns`` numbers."""
        return _basis(w, grid, tolerance).rank

    def between(self, rows: Indices, columns: Indices) -> Floats:
        """Return the Gram matrix between flat pixel indices in 1/Jy^2, without any response."""
        out = np.empty((len(rows), len(columns)))
        a, b = (np.ascontiguousarray(i, dtype=np.int64) for i in (rows, columns))
        t = self.grid.n_minus_1.ravel()
        series, n_even = self._basis.series, self._basis.n_even
        _look_up(self._planes, a, b, t[a], t[b], self._range, series, n_even, out)
        return out


def _basis(w: Floats, grid: Grid, tolerance: float) -> PhaseBasis:
    """Differences of n span twice their half range: the bandwidth is twice that of an image."""
    bandwidth = 2 * np.pi * float(np.abs(w).max()) * float(np.ptp(grid.n_minus_1))
    return PhaseBasis.of_bandwidth(bandwidth, tolerance=tolerance / 2)


@compiled
def _look_up(  # noqa: PLR0917
    planes: Floats,
    a: Indices,
    b: Indices,
    t_a: Floats,
    t_b: Floats,
    span: float,
    series: Floats,
    n_even: int,
    out: Floats,
) -> None:
    width = planes.shape[1] // 2
    table = np.empty(series.shape[1])
    for i in range(a.size):
        for j in range(b.size):
            row, column = a[i] // width - b[j] // width, a[i] % width - b[j] % width
            y = (t_a[i] - t_b[j]) / span
            if row < 0 or (row == 0 and column < 0):
                row, column, y = -row, -column, -y
            x = 2.0 * y * y - 1.0
            table[0] = 1.0
            for n in range(1, table.size):
                table[n] = x if n == 1 else 2.0 * x * table[n - 1] - table[n - 2]
            total = 0.0
            for k in range(series.shape[0]):
                value = 0.0
                for n in range(table.size):
                    value += series[k, n] * table[n]
                total += planes[row, width + column, k] * (value if k < n_even else value * y)
            out[i, j] = total
