"""The tables of the compiled normal operator, and its machine code, built once per process."""

from functools import cache
from threading import RLock
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numba import cfunc
from numpy.typing import NDArray
from scipy import fft

from bayesim.operators._block_fft import roots_of_unity
from bayesim.operators._convolve import SIGNATURE, convolve
from bayesim.operators._lanes import WIDTH
from bayesim.operators._plans import Slot
from bayesim.operators.normal import Normal

__all__ = ["KeptLattice", "compiled_convolve", "kept_lattice"]

Floats = NDArray[np.float64]


@cache
def compiled_convolve() -> Any:
    """Return the compiled :func:`~bayesim.operators._convolve.convolve` (seconds once, then from disk)."""
    try:
        return cfunc(SIGNATURE, cache=True, nopython=True)(convolve)
    except RuntimeError:
        # numba found no folder that it may write to (package, user's cache, NUMBA_CACHE_DIR)
        return cfunc(SIGNATURE, nopython=True)(convolve)


class KeptLattice:
    """Everything that the compiled product ``G x`` reads, in one array of doubles.

    Attributes
    ----------
    tables : ndarray
        Header (rows, columns, rows and columns of the lattice), dirty image, response, roots of unity of the rows
        and of the columns, transfer function in the order of the computation.
    slot : Slot
        Address and length of the tables, for compiled callers.
    """

    def __init__(self, normal: Normal, key: str) -> None:
        rows, columns = normal.shape
        # lengths 2^a 3^b 5^c at least as large as the image: its further pixels are zero
        n, m = (int(fft.next_fast_len(side, real=True)) for side in normal.shape)
        response = np.ones(normal.shape) if normal.response is None else normal.response
        parts = [normal.dirty, response, roots_of_unity(n), roots_of_unity(m), _transfer(normal, n, m)]
        self.tables = np.concatenate([np.array([rows, columns, n, m], dtype=np.float64), *map(np.ravel, parts)])
        self.slot = Slot(key, (self.tables.ctypes.data, self.tables.size))

    def __del__(self) -> None:
        slot = getattr(self, "slot", None)
        if slot is not None:
            slot.clear()


# re-entrant: building a lattice may collect an old one in the same thread
_LOCK = RLock()
_LATTICES: WeakValueDictionary[str, KeptLattice] = WeakValueDictionary()


def kept_lattice(normal: Normal, key: str) -> KeptLattice:
    """Return this process's tables for a normal operator with this content key; keep them while they are needed."""
    with _LOCK:
        lattice = _LATTICES.get(key)
        if lattice is None:
            lattice = _LATTICES[key] = KeptLattice(normal, key)
        return lattice


def _transfer(normal: Normal, n: int, m: int) -> Floats:
    """Return the transfer function on the doubled lattice, normalised: [row block][parity][column][row in block]."""
    rows, columns = normal.shape
    psf = fft.irfft2(normal.transfer, s=normal.padded_shape)
    row_lags, column_lags = np.arange(1 - rows, rows), np.arange(1 - columns, columns)
    kernel = np.zeros((2 * n, 2 * m))
    kernel[np.ix_(row_lags, column_lags)] = psf[np.ix_(row_lags, column_lags)]
    whole = fft.fft2(kernel).real / (4 * n * m)
    order = np.concatenate([np.arange(0, n + 1, 2), np.arange(1, n + 1, 2)])
    blocks = -(-(n + 1) // WIDTH)
    table = np.zeros((blocks * WIDTH, 2, m))
    table[: n + 1] = whole[order].reshape(n + 1, m, 2).transpose(0, 2, 1)
    return np.ascontiguousarray(table.reshape(blocks, WIDTH, 2, m).transpose(0, 2, 3, 1))
