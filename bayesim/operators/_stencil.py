"""Compiled loops between scattered baselines and a fine grid, all terms of an expansion at once.

A term's factor is ``real`` (the first ``n_even`` terms) or ``i * real`` (the others); see :mod:`_phase_basis`.
Rows and terms of a column lie side by side in memory as pairs (real, imaginary), so a visibility touches ``width``
stretches of ``2 width terms`` numbers, each by one vectorised loop.
"""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled

__all__ = ["fill", "interpolate", "spread"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


@compiled
def fill(out: Floats, position: float, taps: Floats) -> int:
    """Fill ``out`` with the taps around a position in cells; return the first cell."""
    degree, width = taps.shape[0] - 1, taps.shape[1]
    first = int(np.ceil(position - 0.5 * width))
    x = 2.0 * (first - position + 0.5 * width) - 1.0
    for j in range(width):
        out[j] = taps[degree, j]
    for n in range(degree - 1, -1, -1):
        for j in range(width):
            out[j] = out[j] * x + taps[n, j]
    return first


@compiled
def spread(  # noqa: PLR0917
    grid: Floats, column: Floats, row: Floats, values: Complexes, factors: Floats, n_even: int, taps: Floats
) -> None:
    """Add ``values[i] * factors[i, k]`` to ``grid``, shape (columns, rows * terms * 2); nothing wraps."""
    width, terms = taps.shape[1], factors.shape[1]
    on_columns, on_rows = np.empty(width), np.empty(width)
    term, stretch = np.empty(2 * terms), np.empty(2 * terms * width)
    for i in range(column.size):
        c0 = fill(on_columns, column[i], taps)
        r0 = fill(on_rows, row[i], taps)
        for k in range(terms):
            real, imaginary = factors[i, k] * values[i].real, factors[i, k] * values[i].imag
            term[2 * k] = real if k < n_even else -imaginary
            term[2 * k + 1] = imaginary if k < n_even else real
        for b in range(width):
            for k in range(2 * terms):
                stretch[2 * terms * b + k] = on_rows[b] * term[k]
        for a in range(width):
            cells = grid[c0 + a, 2 * terms * r0 : 2 * terms * (r0 + width)]
            for k in range(2 * terms * width):
                cells[k] += on_columns[a] * stretch[k]


@compiled
def interpolate(  # noqa: PLR0917
    grid: Floats, column: Floats, row: Floats, out: Complexes, factors: Floats, n_even: int, taps: Floats
) -> None:
    """Add to ``out[i]`` the sum over terms of ``conj(factor[i, k])`` and the grid's value: transpose of spread."""
    width, terms = taps.shape[1], factors.shape[1]
    on_columns, on_rows = np.empty(width), np.empty(width)
    term, stretch = np.empty(2 * terms), np.empty(2 * terms * width)
    for i in range(column.size):
        c0 = fill(on_columns, column[i], taps)
        r0 = fill(on_rows, row[i], taps)
        stretch[:] = 0.0
        for a in range(width):
            cells = grid[c0 + a, 2 * terms * r0 : 2 * terms * (r0 + width)]
            for k in range(2 * terms * width):
                stretch[k] += on_columns[a] * cells[k]
        term[:] = 0.0
        for b in range(width):
            for k in range(2 * terms):
                term[k] += on_rows[b] * stretch[2 * terms * b + k]
        real = imaginary = 0.0
        for k in range(terms):
            real += factors[i, k] * (term[2 * k] if k < n_even else term[2 * k + 1])
            imaginary += factors[i, k] * (term[2 * k + 1] if k < n_even else -term[2 * k])
        out[i] += complex(real, imaginary)
