r"""``x -> G x`` in compiled code: a Toeplitz product by FFTs of the image's own size.

A circulant of twice the size, applied to a zero-padded image, splits exactly by the parity of the frequency:
even frequencies are a cyclic convolution of the size of the image, odd ones a cyclic convolution of the image
twisted by ``exp(-i pi j / n)``. So nothing is padded, nothing is wasted on zeros, and no output is thrown away.
Two columns ride in one complex sequence, because the image is real.

Working order: (1) FFT of the columns, eight column pairs at a time; (2) transposition; (3) per eight rows of the
spectrum: FFT, product with the transfer function, inverse FFT; (4) back. From the product on, real and imaginary
parts are exchanged, which makes every later transform an inverse one.
"""

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from bayesim.operators._block_fft import ITEM, block_fft, cleared, copied, twisted
from bayesim.operators._lanes import WIDTH, kernel, load, stay_apart, store, store_transposed

__all__ = ["HEADER", "SIGNATURE", "convolve"]

# ruff: noqa: PLR0917 - compiled code takes its arguments in order
Floats = NDArray[np.float64]

HEADER = 4
"""Numbers at the start of the tables: rows, columns, rows of the lattice, columns of the lattice."""

_PAIR = 2 * ITEM
"""Doubles of the spectra of the two columns of a pair, at one frequency, in eight lanes."""

SIGNATURE = types.void(
    types.CPointer(types.float64), types.intp, types.CPointer(types.float64), types.CPointer(types.float64)
)


# Only flat arrays, places in them and loops below: slices, reshaping and filling would take numba ten times longer to
# compile, most of it for the messages of errors that cannot happen.


def convolve(tables_at: int, size: int, image_at: int, product_at: int) -> None:
    """Set ``product = D (psf * (D image))``; see :mod:`bayesim.operators._lattice` for the tables.

    To be compiled by ``numba.cfunc`` with :data:`SIGNATURE`, so that callers link to it and do not compile it again.
    """
    tables = numba.carray(tables_at, (size,))
    rows, columns, n, m = int(tables[0]), int(tables[1]), int(tables[2]), int(tables[3])
    image, product = numba.carray(image_at, (rows * columns,)), numba.carray(product_at, (rows * columns,))
    row_roots = HEADER + 2 * rows * columns
    column_roots = row_roots + 4 * n
    transfer = column_roots + 4 * m
    pairs, row_blocks = (columns + 1) // 2, (n + WIDTH) // WIDTH
    width = (pairs + WIDTH - 1) // WIDTH * WIDTH * ITEM
    longest = max(n, m) * ITEM
    a, b, c, d = np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest)
    half, spectrum = np.zeros(row_blocks * WIDTH * _PAIR), np.empty(row_blocks * 2 * width)

    for first in range(0, pairs, WIDTH):
        cleared(c, n)
        _read(image, tables, first, c)
        _forward_columns(a, b, c, n, tables, row_roots, half)
        for row in range(row_blocks):
            for part in range(4):
                to = (2 * row + part // 2) * width + first * ITEM + part % 2 * WIDTH
                store_transposed(half, row * WIDTH * _PAIR + part * WIDTH, _PAIR, spectrum, to, ITEM)
    for row in range(row_blocks):
        cleared(c, m)
        _exchange(c, spectrum, 2 * row * width, width, columns, True)  # noqa: FBT003
        _filter(a, b, c, d, m, tables, column_roots, transfer + 2 * row * m * WIDTH)
        _exchange(d, spectrum, 2 * row * width, width, columns, False)  # noqa: FBT003
    for first in range(0, pairs, WIDTH):
        for row in range(row_blocks):
            for part in range(4):
                at = (2 * row + part // 2) * width + first * ITEM + part % 2 * WIDTH
                store_transposed(spectrum, at, ITEM, half, row * WIDTH * _PAIR + part * WIDTH, _PAIR)
        _inverse_columns(a, b, c, n, tables, row_roots, half)
        _write(product, tables, first, c)


@kernel
def _read(image: Floats, tables: Floats, first: int, target: Floats) -> None:
    """Put columns c and c + pairs, times the response, into the real and imaginary lanes, for eight c."""
    stay_apart()
    rows, columns = int(tables[0]), int(tables[1])
    pairs = (columns + 1) // 2
    for r in range(rows):
        at, response, to = r * columns, HEADER + (rows + r) * columns, r * ITEM - first
        for c in range(first, min(first + WIDTH, pairs)):
            target[to + c] = image[at + c] * tables[response + c]
        for c in range(first + pairs, min(first + WIDTH + pairs, columns)):
            target[to + WIDTH + c - pairs] = image[at + c] * tables[response + c]


@kernel
def _write(product: Floats, tables: Floats, first: int, source: Floats) -> None:
    """Put the lanes back into their columns, times the response again."""
    stay_apart()
    rows, columns = int(tables[0]), int(tables[1])
    pairs = (columns + 1) // 2
    for r in range(rows):
        at, response, to = r * columns, HEADER + (rows + r) * columns, r * ITEM - first
        for c in range(first, min(first + WIDTH, pairs)):
            product[at + c] = source[to + WIDTH + c] * tables[response + c]
        for c in range(first + pairs, min(first + WIDTH + pairs, columns)):
            product[at + c] = source[to + c - pairs] * tables[response + c]


@kernel
def _forward_columns(a: Floats, b: Floats, c: Floats, n: int, tables: Floats, roots: int, half: Floats) -> None:
    """Fill the half-spectra (even frequencies, then odd) of both columns of every pair."""
    stay_apart()
    place = 0
    for odd in range(2):
        if odd:
            twisted(c, a, n, tables, roots)
        else:
            copied(c, a, n)
        whole = a if block_fft(a, b, n, tables, roots) else b
        for k in range((n + 2 - odd) // 2):
            i, j = k * ITEM, (n - k - odd) % n * ITEM
            x, y, u, v = load(whole, i), load(whole, i + WIDTH), load(whole, j), load(whole, j + WIDTH)
            store(half, place, (x + u) * 0.5)
            store(half, place + WIDTH, (y - v) * 0.5)
            store(half, place + 2 * WIDTH, (y + v) * 0.5)
            store(half, place + 3 * WIDTH, (u - x) * 0.5)
            place += _PAIR


@kernel
def _inverse_columns(a: Floats, b: Floats, c: Floats, n: int, tables: Floats, roots: int, half: Floats) -> None:
    stay_apart()
    place = 0
    for odd in range(2):
        for k in range((n + 2 - odd) // 2):
            i, j = k * ITEM, (n - k - odd) % n * ITEM
            y, x = load(half, place), load(half, place + WIDTH)
            v, u = load(half, place + 2 * WIDTH), load(half, place + 3 * WIDTH)
            store(a, j, u - y)
            store(a, j + WIDTH, x + v)
            store(a, i, y + u)
            store(a, i + WIDTH, x - v)
            place += _PAIR
        _untwist(a, b, c, n, tables, roots, odd)


@kernel
def _untwist(a: Floats, b: Floats, result: Floats, n: int, tables: Floats, roots: int, odd: int) -> None:
    """Transform ``a`` back; set the result to it (even frequencies) or add it untwisted (odd ones)."""
    stay_apart()
    whole, work = a, b
    if not block_fft(a, b, n, tables, roots):
        whole, work = b, a
    if not odd:
        copied(whole, result, n)
        return
    twisted(whole, work, n, tables, roots)
    for j in range(0, n * ITEM, WIDTH):
        store(result, j, load(result, j) + load(work, j))


@kernel
def _exchange(block: Floats, spectrum: Floats, at: int, width: int, columns: int, inwards: bool) -> None:  # noqa: FBT001
    """Copy eight rows of the spectrum into a block in the order of the columns, or back."""
    stay_apart()
    split = (columns + 1) // 2 * ITEM
    for j in range(0, columns * ITEM, WIDTH):
        place = at + (j if j < split else j - split + width)
        if inwards:
            store(block, j, load(spectrum, place))
        else:
            store(spectrum, place, load(block, j))


@kernel
def _filter(a: Floats, b: Floats, c: Floats, d: Floats, m: int, tables: Floats, roots: int, transfer: int) -> None:
    """Set ``d`` to ``c`` convolved along the columns, real and imaginary parts exchanged."""
    stay_apart()
    for odd in range(2):
        if odd:
            twisted(c, a, m, tables, roots)
        else:
            copied(c, a, m)
        whole, work = a, b
        if not block_fft(a, b, m, tables, roots):
            whole, work = b, a
        for j in range(m):
            factor = load(tables, transfer + (odd * m + j) * WIDTH)
            real, imag = load(whole, j * ITEM), load(whole, j * ITEM + WIDTH)
            store(whole, j * ITEM, imag * factor)
            store(whole, j * ITEM + WIDTH, real * factor)
        _untwist(whole, work, d, m, tables, roots, odd)
