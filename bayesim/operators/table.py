"""A function of direction that compiled loops ask for place by place, as cubic splines."""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from bayesim.operators._compiled import compiled
from bayesim.operators._look_up import basis, taps_of
from bayesim.operators._phase_basis import PhaseBasis
from bayesim.operators._planes import Box, Planes

__all__ = ["Table", "differences", "table_bytes", "table_of", "value"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_FINER = 2
"""Samples of a spline to one of the lattice: eight to the finest fringe, an error of at most 5e-4, 3e-5 as a rule."""

_EDGE = 6
"""Lattice cells beyond the box: the spline's ends are not felt inside."""


class Table(NamedTuple):
    """``Re sum_i y_i exp(2 pi i (u_i l + v_i m + w_i t))``, ``t = n - 1``, as numbers alone."""

    coefficients: Floats
    """Of B-splines, shape (rows, columns, terms): North up, East up."""
    start: Floats
    """l of the first column, m of the first row."""
    step: Floats
    """Of columns and rows, in direction cosine."""
    middle: float
    """t at which the argument of the terms is 0."""
    half: float
    """Change of t that changes it by 1."""
    series: Floats
    """Of the terms' factors, shape (degree + 1, terms)."""
    n_even: int
    """How many of the terms are even functions of t."""


def table_bytes(baselines: tuple[Floats, Floats, Floats], box: Box, *, tolerance: float) -> float:
    """Return about how much memory a table takes."""
    u, v, w = (float(np.abs(x).max(initial=0.0)) for x in baselines)
    terms = PhaseBasis.of_bandwidth(np.pi * w * (box.t[1] - box.t[0]), tolerance=tolerance / 3).rank
    cells = (4 * longest * (high - low) + 2 * _EDGE for longest, (low, high) in zip((u, v), box[:2], strict=True))
    return 8.0 * terms * _FINER**2 * float(np.prod([*cells]))


def table_of(
    baselines: tuple[Floats, Floats, Floats], visibilities: Complexes, box: Box, *, tolerance: float, threads: int
) -> Table:
    """Return the table of visibilities (times weights, in 1/Jy or 1/Jy^2) in a box of directions.

    Parameters
    ----------
    baselines : (u, v, w)
        In wavelengths.
    visibilities : ndarray of complex
        ``y``.
    box : Box
        Where the function is wanted.
    tolerance : float
        Of the lattice that is splined, relative to ``sum |y|``.
    threads : int
        Threads of the transform.
    """
    l, m = (_widened(span, baseline) for span, baseline in zip(box[:2], baselines, strict=False))
    planes = Planes(*baselines, Box(l, m, box.t), tolerance=tolerance, threads=threads)
    values = planes.adjoint(visibilities)
    axes = planes.lattice()
    east, north = (x[0] + (x[1] - x[0]) * np.arange(_FINER * (x.size - 1) + 1) / _FINER for x in axes)
    columns, rows = planes.position(east, east, east)[0], planes.position(north, north, north)[1]
    across, up = (
        sparse.csr_array(_taps(at, planes.shape[1 - i], planes.kernel.taps)) for i, at in enumerate((columns, rows))
    )
    terms = [ndimage.spline_filter(up @ values[:, :, k] @ across.T) for k in range(planes.shape[2])]
    return Table(
        coefficients=np.ascontiguousarray(np.stack(terms, axis=2)),
        start=np.array([east[0], north[0]]),
        step=np.array([east[1] - east[0], north[1] - north[0]]),
        middle=float(planes.middle),
        half=float(planes.half),
        series=planes.series,
        n_even=planes.basis.n_even,
    )


def _widened(span: tuple[float, float], baseline: Floats) -> tuple[float, float]:
    longest = float(np.abs(baseline).max(initial=0.0))
    room = _EDGE / (4 * longest) if longest else span[1] - span[0]
    return span[0] - room, span[1] + room


def _taps(position: Floats, cells: int, taps: Floats) -> Floats:
    out = np.zeros((position.size, cells))
    taps_of(position, taps, out)
    return out


@compiled
def _spline(x: float, out: Floats) -> int:
    """Write the four cubic B-splines around ``x``; return the first cell."""
    first = int(x)
    x -= first
    y = 1.0 - x
    out[0], out[3] = y * y * y / 6.0, x * x * x / 6.0
    out[1], out[2] = 2.0 / 3.0 - x * x * (1.0 - 0.5 * x), 2.0 / 3.0 - y * y * (1.0 - 0.5 * y)
    return first - 1


@compiled
def _sum(cells: Floats, r: int, c: int, a: Floats, b: Floats, factor: Floats) -> float:
    total = 0.0
    if factor.size == 1:
        for y in range(4):
            line = 0.0
            for x in range(4):
                line += a[x] * cells[r + y, c + x, 0]
            total += b[y] * line
        return float(total * factor[0])
    for y in range(4):
        for x in range(4):
            cell = 0.0
            for k in range(factor.size):
                cell += factor[k] * cells[r + y, c + x, k]
            total += b[y] * a[x] * cell
    return total


@compiled
def value(table: Table, l: float, m: float, t: float) -> float:
    """Return the function at a direction inside the box."""
    a, b, factor = np.empty(4), np.empty(4), np.empty(table.coefficients.shape[2])
    c = _spline((l - table.start[0]) / table.step[0], a)
    r = _spline((m - table.start[1]) / table.step[1], b)
    basis((t - table.middle) / table.half, table.series, table.n_even, factor)
    return _sum(table.coefficients, r, c, a, b, factor)


@compiled
def differences(
    table: Table, l: float, m: float, t: float, ls: Floats, ms: Floats, ts: Floats, flux: Floats, out: Floats
) -> float:
    """Write the function of the differences to directions where ``flux`` is not 0; return their sum times flux.

    The function is even, its table holds what lies to the North.
    """
    cells, a, b = table.coefficients, np.empty(4), np.empty(4)
    factor = np.empty(cells.shape[2])
    basis(0.0, table.series, table.n_even, factor)
    total = 0.0
    for i in range(ls.size):
        out[i] = 0.0
        if flux[i] != 0.0:
            sign = 1.0 if m >= ms[i] else -1.0
            c = _spline((sign * (l - ls[i]) - table.start[0]) / table.step[0], a)
            r = _spline((sign * (m - ms[i]) - table.start[1]) / table.step[1], b)
            if factor.size > 1:
                basis((sign * (t - ts[i]) - table.middle) / table.half, table.series, table.n_even, factor)
            out[i] = _sum(cells, r, c, a, b, factor)
            total += flux[i] * out[i]
    return total
