"""Compiled interpolation in planes on a lattice: values, derivatives, and the transpose.

``planes`` has shape (rows, columns, terms); a position is a column and a row in cells and ``y`` in [-1, 1], the
argument of the terms' factors (:mod:`_phase_basis`): ``sum_k b_k(y) sum_cells tap tap planes[row, column, k]``.
"""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled
from bayesim.operators._stencil import fill

__all__ = ["basis", "deposit", "jets", "look_up", "taps_of", "weigh"]

Floats = NDArray[np.float64]


@compiled
def basis(y: float, series: Floats, n_even: int, out: Floats) -> None:
    """Set ``out[k]`` to ``b_k(y)``; ``series`` has shape (degree + 1, terms)."""
    x = 2.0 * y * y - 1.0
    out[:] = 0.0
    previous, current = x, 1.0
    for n in range(series.shape[0]):
        for k in range(out.size):
            out[k] += series[n, k] * current
        previous, current = current, 2.0 * x * current - previous
    for k in range(n_even, out.size):
        out[k] *= y


@compiled
def _basis_jet(y: float, series: Floats, n_even: int, out: Floats) -> None:
    """Set ``out[d, k]`` to the derivative of order d (0, 1, 2) of ``b_k`` at ``y``."""
    x, dx = 2.0 * y * y - 1.0, 4.0 * y
    out[:] = 0.0
    before, value = x, 1.0
    slope_before, slope = 1.0, 0.0
    bend_before, bend = 0.0, 0.0
    for n in range(series.shape[0]):
        for k in range(out.shape[1]):
            out[0, k] += series[n, k] * value
            out[1, k] += series[n, k] * slope
            out[2, k] += series[n, k] * bend
        bend_before, bend = bend, 2.0 * x * bend + 4.0 * slope - bend_before
        slope_before, slope = slope, 2.0 * x * slope + 2.0 * value - slope_before
        before, value = value, 2.0 * x * value - before
    for k in range(out.shape[1]):
        b, db, ddb = out[0, k], out[1, k] * dx, out[2, k] * dx * dx + 4.0 * out[1, k]
        if k < n_even:
            out[1, k], out[2, k] = db, ddb
        else:
            out[0, k], out[1, k], out[2, k] = y * b, b + y * db, 2.0 * db + y * ddb


@compiled
def look_up(  # noqa: PLR0917
    planes: Floats, column: Floats, row: Floats, y: Floats, series: Floats, n_even: int, taps: Floats, out: Floats
) -> None:
    """Set ``out[i]`` to the value at position i."""
    width, terms = taps.shape[1], planes.shape[2]
    flat = planes.reshape(planes.shape[0], planes.shape[1] * terms)
    on_columns, on_rows = np.empty(width), np.empty(width)
    stretch, factor = np.empty(width * terms), np.empty(terms)
    for i in range(column.size):
        c0 = fill(on_columns, column[i], taps)
        r0 = fill(on_rows, row[i], taps)
        basis(y[i], series, n_even, factor)
        stretch[:] = 0.0
        for b in range(width):
            cells = flat[r0 + b, c0 * terms : (c0 + width) * terms]
            for k in range(width * terms):
                stretch[k] += on_rows[b] * cells[k]
        total = 0.0
        for a in range(width):
            for k in range(terms):
                total += on_columns[a] * factor[k] * stretch[a * terms + k]
        out[i] = total


@compiled
def jets(  # noqa: PLR0917
    planes: Floats,
    column: Floats,
    row: Floats,
    y: Floats,
    series: Floats,
    n_even: int,
    taps: tuple[Floats, Floats, Floats],
    out: Floats,
) -> None:
    """Set ``out[i]`` to value, d/dc, d/dr, d/dy, cc, cr, cy, rr, ry, yy at position i (cells and y)."""
    width, terms = taps[0].shape[1], planes.shape[2]
    flat = planes.reshape(planes.shape[0], planes.shape[1] * terms)
    on_columns, on_rows = np.empty((3, width)), np.empty((3, width))
    stretch, factor, sums = np.empty((3, width * terms)), np.empty((3, terms)), np.empty((3, 3, terms))
    for i in range(column.size):
        c0 = r0 = 0
        for d in range(3):
            c0 = fill(on_columns[d], column[i], taps[d])
            r0 = fill(on_rows[d], row[i], taps[d])
        _basis_jet(y[i], series, n_even, factor)
        stretch[:] = 0.0
        for b in range(width):
            cells = flat[r0 + b, c0 * terms : (c0 + width) * terms]
            for e in range(3):
                for k in range(width * terms):
                    stretch[e, k] += on_rows[e, b] * cells[k]
        sums[:] = 0.0
        for e in range(3):
            for d in range(3 - e):
                for a in range(width):
                    for k in range(terms):
                        sums[d, e, k] += on_columns[d, a] * stretch[e, a * terms + k]
        out[i] = 0.0
        for k in range(terms):
            out[i, 0] += factor[0, k] * sums[0, 0, k]
            out[i, 1] += factor[0, k] * sums[1, 0, k]
            out[i, 2] += factor[0, k] * sums[0, 1, k]
            out[i, 3] += factor[1, k] * sums[0, 0, k]
            out[i, 4] += factor[0, k] * sums[2, 0, k]
            out[i, 5] += factor[0, k] * sums[1, 1, k]
            out[i, 6] += factor[1, k] * sums[1, 0, k]
            out[i, 7] += factor[0, k] * sums[0, 2, k]
            out[i, 8] += factor[1, k] * sums[0, 1, k]
            out[i, 9] += factor[2, k] * sums[0, 0, k]


@compiled
def deposit(  # noqa: PLR0917
    planes: Floats, column: Floats, row: Floats, y: Floats, series: Floats, n_even: int, taps: Floats, values: Floats
) -> None:
    """Add sources to the planes: the transpose of :func:`look_up`."""
    width, terms = taps.shape[1], planes.shape[2]
    on_columns, on_rows, factor = np.empty(width), np.empty(width), np.empty(terms)
    for i in range(column.size):
        c0 = fill(on_columns, column[i], taps)
        r0 = fill(on_rows, row[i], taps)
        basis(y[i], series, n_even, factor)
        for b in range(width):
            for a in range(width):
                weight = on_columns[a] * on_rows[b] * values[i]
                for k in range(terms):
                    planes[r0 + b, c0 + a, k] += weight * factor[k]


@compiled
def taps_of(position: Floats, taps: Floats, out: Floats) -> None:
    """Set row i of ``out``, shape (positions, cells) and zero before, to the taps around position i."""
    width = taps.shape[1]
    values = np.empty(width)
    for i in range(position.size):
        first = fill(values, position[i], taps)
        for j in range(width):
            out[i, first + j] = values[j]


@compiled
def weigh(terms: Floats, y: Floats, series: Floats, n_even: int, out: Floats) -> None:
    """Set ``out[i, j]`` to ``sum_k b_k(y[i, j]) terms[i, k, j]``."""
    factor = np.empty(terms.shape[1])
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            basis(y[i, j], series, n_even, factor)
            total = 0.0
            for k in range(factor.size):
                total += factor[k] * terms[i, k, j]
            out[i, j] = total
