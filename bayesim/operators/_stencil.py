"""Compiled loops between scattered baselines and a fine grid, all terms of an expansion at once.

A term's factor is ``real`` (the first ``n_even`` terms) or ``i * real`` (the others); see :mod:`_phase_basis`.
"""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled

__all__ = ["interpolate", "spread"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


@compiled
def _fill(out: Floats, position: float, width: int, beta: float) -> int:
    """Fill ``out`` with the kernel around a position in cells; return the first cell."""
    first = int(np.ceil(position - 0.5 * width))
    for j in range(width):
        z = 2.0 * (first + j - position) / width
        out[j] = np.exp(beta * (np.sqrt(max(0.0, 1.0 - z * z)) - 1.0))
    return first


@compiled
def spread(  # noqa: PLR0917
    grid: Complexes,
    column: Floats,
    row: Floats,
    values: Complexes,
    factors: Floats,
    n_even: int,
    terms: tuple[int, int, int],
    width: int,
    beta: float,
) -> None:
    """Add ``values[i] * factor[i, k]`` to ``grid`` (column, row, term) for the terms (first, last, offset) given.

    Columns do not wrap, rows do; term ``k`` goes to ``grid[..., k - offset]``.
    """
    first, last, offset = terms
    on_columns, on_rows, term = np.empty(width), np.empty(width), np.empty(last - first, dtype=np.complex128)
    n_rows = grid.shape[1]
    for i in range(column.size):
        c0 = _fill(on_columns, column[i], width, beta)
        r0 = _fill(on_rows, row[i], width, beta)
        for k in range(first, last):
            term[k - first] = factors[i, k] * (values[i] if k < n_even else 1j * values[i])
        for a in range(width):
            for b in range(width):
                weight = on_columns[a] * on_rows[b]
                cell = grid[c0 + a, (r0 + b) % n_rows, first - offset : last - offset]
                for k in range(last - first):
                    cell[k] += weight * term[k]


@compiled
def interpolate(  # noqa: PLR0917
    grid: Complexes,
    column: Floats,
    row: Floats,
    out: Complexes,
    factors: Floats,
    n_even: int,
    terms: tuple[int, int, int],
    width: int,
    beta: float,
) -> None:
    """Add to ``out[i]`` the sum over terms of ``conj(factor[i, k])`` and the grid's value: transpose of spread."""
    first, last, offset = terms
    on_columns, on_rows, value = np.empty(width), np.empty(width), np.empty(last - first, dtype=np.complex128)
    n_rows = grid.shape[1]
    for i in range(column.size):
        c0 = _fill(on_columns, column[i], width, beta)
        r0 = _fill(on_rows, row[i], width, beta)
        value[:] = 0.0
        for a in range(width):
            for b in range(width):
                weight = on_columns[a] * on_rows[b]
                cell = grid[c0 + a, (r0 + b) % n_rows, first - offset : last - offset]
                for k in range(last - first):
                    value[k] += weight * cell[k]
        for k in range(first, last):
            out[i] += factors[i, k] * (value[k - first] if k < n_even else -1j * value[k - first])
