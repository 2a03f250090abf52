"""Compiled copies between a band of uv columns and the half-planes of real FFTs, and images times a phase basis."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled

__all__ = ["combine", "expand", "fold", "unfold"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Indices = NDArray[np.int64]


@compiled
def fold(grid: Complexes, first: int, rows: Indices, scale: Floats, out: Complexes) -> None:
    """Set ``out`` (term, row, half column) so that a c2r FFT gives the real part of the band's sum.

    ``grid`` is (column, row, term), column 0 being frequency ``first``; ``rows`` lists rows of the grid and
    ``scale`` their factors. A frequency above Nyquist or below zero goes to its mirror, conjugated.
    """
    out[:] = 0.0
    half = out.shape[2] - 1
    padded = 2 * half
    for c in range(grid.shape[0]):
        frequency = (first + c) % padded
        mirrored = frequency > half
        target = padded - frequency if mirrored else frequency
        share = 1.0 if target in (0, half) else 0.5
        for b in range(rows.size):
            for k in range(grid.shape[2]):
                value = share * scale[b] * grid[c, rows[b], k]
                out[k, b, target] += np.conj(value) if mirrored else value


@compiled
def unfold(half_planes: Complexes, first: int, rows: Indices, scale: Floats, grid: Complexes) -> None:
    """Set the given rows of ``grid`` from r2c FFTs: the transpose of :func:`fold`."""
    half = half_planes.shape[2] - 1
    padded = 2 * half
    for c in range(grid.shape[0]):
        frequency = (first + c) % padded
        mirrored = frequency > half
        source = padded - frequency if mirrored else frequency
        for b in range(rows.size):
            for k in range(grid.shape[2]):
                value = scale[b] * half_planes[k, b, source]
                grid[c, rows[b], k] = np.conj(value) if mirrored else value


@compiled
def _chebyshev(y: Floats, table: Floats) -> None:
    """Set ``table[n]`` to the Chebyshev polynomial ``T_n(2 y^2 - 1)``; all terms of a basis share it."""
    for i in range(y.size):
        table[0, i] = 1.0
    if table.shape[0] > 1:
        for i in range(y.size):
            table[1, i] = 2.0 * y[i] * y[i] - 1.0
    for n in range(2, table.shape[0]):
        for i in range(y.size):
            table[n, i] = 2.0 * table[1, i] * table[n - 1, i] - table[n - 2, i]


@compiled
def _function(  # noqa: PLR0917
    table: Floats, y: Floats, series: Floats, odd: np.bool_, scale: Floats, out: Floats
) -> None:
    """Set ``out`` to ``scale`` times the series, times ``y`` where it is odd."""
    for i in range(y.size):
        out[i] = series[0]
    for n in range(1, series.size):
        for i in range(y.size):
            out[i] += series[n] * table[n, i]
    if odd:
        for i in range(y.size):
            out[i] *= y[i]
    for i in range(y.size):
        out[i] *= scale[i]


@compiled
def combine(  # noqa: PLR0917
    planes: Floats, y: Floats, series: Floats, odd: NDArray[np.bool_], correction: Floats, out: Floats
) -> None:
    """Add ``sum_k b_k(y) planes[k]`` to ``out`` (row, column); planes have the centre column at index 0 and wrap."""
    n_columns, padded = y.shape[1], planes.shape[2]
    left = n_columns // 2
    table, function = np.empty((series.shape[1], n_columns)), np.empty(n_columns)
    for b in range(y.shape[0]):
        _chebyshev(y[b], table)
        for k in range(planes.shape[0]):
            _function(table, y[b], series[k], odd[k], correction, function)
            for c in range(left):
                out[b, c] += function[c] * planes[k, b, padded - left + c]
            for c in range(left, n_columns):
                out[b, c] += function[c] * planes[k, b, c - left]


@compiled
def expand(  # noqa: PLR0917
    image: Floats, y: Floats, series: Floats, odd: NDArray[np.bool_], correction: Floats, planes: Floats
) -> None:
    """Set ``planes[k]`` to ``b_k(y) * image``, zero-padded: the transpose of :func:`combine`."""
    n_columns, padded = y.shape[1], planes.shape[2]
    left = n_columns // 2
    table, function = np.empty((series.shape[1], n_columns)), np.empty(n_columns)
    planes[:] = 0.0
    for b in range(y.shape[0]):
        _chebyshev(y[b], table)
        for k in range(planes.shape[0]):
            _function(table, y[b], series[k], odd[k], correction, function)
            for c in range(left):
                planes[k, b, padded - left + c] = function[c] * image[b, c]
            for c in range(left, n_columns):
                planes[k, b, c - left] = function[c] * image[b, c]
