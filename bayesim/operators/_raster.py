"""Planes at all points of a regular grid: interpolation one axis after the other."""

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.operators._look_up import taps_of, weigh
from bayesim.operators._parallel import on_threads, slices
from bayesim.operators._planes import Planes

__all__ = ["raster"]

Floats = NDArray[np.float64]

_COLUMNS, _ROWS = 1024, 32
"""Pixels worked on at a time."""


def raster(planes: Planes, values: Floats, l: Floats, m: Floats) -> Floats:
    """Return :meth:`Planes.at` for columns ``l`` and rows ``m`` of pixels, shape (rows, columns).

    Neighbours on a row or a column share their products, so a pixel costs ``terms`` times the pixels of the array's
    lattice per pixel asked for, not ``width^2 terms``.
    """
    out = np.empty((m.size, l.size))
    column, row = planes.position(l, l, l)[0], planes.position(m, m, m)[1]
    for start in range(0, l.size, _COLUMNS):
        part = slice(start, start + _COLUMNS)
        across = np.zeros((column[part].size, planes.shape[1]))
        taps_of(column[part], planes.kernel.taps, across)
        # (lattice rows, terms, columns)
        stretched = np.ascontiguousarray(values.transpose(0, 2, 1)) @ across.T
        _stack(planes, stretched, row, (l[part], m), out[:, part])
    return out


def _stack(planes: Planes, stretched: Floats, row: Floats, axes: tuple[Floats, Floats], out: Floats) -> None:
    """Interpolate along the columns and sum the terms."""
    l, m = axes
    width, terms = planes.kernel.width, planes.shape[2]

    def some(part: slice) -> None:
        low = max(int(row[part].min()) - width, 0)
        near = stretched[low : int(row[part].max()) + width + 1]
        along = np.zeros((part.stop - part.start, len(near)))
        taps_of(row[part] - low, planes.kernel.taps, along)
        found = (along @ near.reshape(len(near), -1)).reshape(-1, terms, l.size)
        y = (w_phase_cosine(l, m[part][:, None]) - planes.middle) / planes.half
        weigh(found, y, planes.series, planes.basis.n_even, out[part])

    on_threads(some, slices(m.size, -(-m.size // _ROWS)), threads=planes.threads)
