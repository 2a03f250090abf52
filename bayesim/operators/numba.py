"""The operators in compiled graphs: FINUFFT and our own FFT are called without Python and without its lock."""

import ctypes
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from finufft import __version__ as finufft_version
from finufft import _finufft
from numba import types
from numpy.typing import NDArray
from pytensor.link.numba.dispatch.basic import numba_njit

from bayesim.operators._convolve import HEADER
from bayesim.operators._lattice import compiled_convolve, kept_lattice
from bayesim.operators._symbols import double_at, external, named, word
from bayesim.operators.normal import Normal
from bayesim.operators.nufft import Nufft

__all__ = ["CODE_VERSION", "compile_adjoint", "compile_forward", "compile_normal", "compile_quadratic"]

Floats = NDArray[np.float64]


def _code_version() -> int:
    """Hash the sources that shape the machine code and what it shares with this process.

    PyTensor's disk cache does not look at them: a version raised by hand was once forgotten, and code cached with an
    older layout of the slots crashed the interpreter.
    """
    here = Path(__file__).parent
    names = ("numba.py", "_symbols.py", "_plans.py", "_lattice.py", "_convolve.py", "_block_fft.py", "_lanes.py")
    content = hashlib.sha256(finufft_version.encode())
    for name in names:
        content.update((here / name).read_bytes())
    return int.from_bytes(content.digest()[:6], "big")


CODE_VERSION = _code_version()
"""Changes whenever cached machine code could be stale."""

_TROUBLE = 1
"""FINUFFT's status 1 is a warning about the tolerance; higher ones are errors."""


def _finufft_function(name: str) -> Any:
    address = ctypes.cast(getattr(_finufft.lib, name), ctypes.c_void_p).value
    # of a plan, the values at its points, and its modes
    return external(f"bayesim_{name}", address, types.int32(types.uintp, types.uintp, types.uintp))


_EXECUTE = _finufft_function("finufft_execute")
_EXECUTE_ADJOINT = _finufft_function("finufft_execute_adjoint")
_CONVOLVE = types.ExternalFunction("bayesim_convolve", types.void(types.uintp, types.uintp, types.uintp, types.uintp))


@numba_njit
def _check(address: int, shape_fits: bool) -> None:  # noqa: FBT001 - compiled code takes no keywords
    if address == 0:
        raise RuntimeError("the operator of this compiled function was freed: keep its model or function alive")
    if not shape_fits:
        raise ValueError("the input of a compiled operator does not have the operator's shape")


@numba_njit
def _factor(modulation: int, index: int) -> complex:
    return complex(double_at(modulation, 2 * index), double_at(modulation, 2 * index + 1))


def compile_forward(nufft: Nufft) -> Callable[..., Any]:
    """Return the compiled ``image (rows, columns) -> visibilities (2, n_vis)``; it keeps the plan alive."""
    symbol, n, (rows, columns) = named(nufft.plan.slot), nufft.n_vis, nufft.shape

    @numba_njit
    def nufft_forward(image: Floats) -> Floats:
        plan, modulation = word(symbol, 0), word(symbol, 1)
        _check(plan, image.shape == (rows, columns))
        modes = np.empty((rows, columns), dtype=np.complex128)
        modes[:] = image
        vis = np.empty(n, dtype=np.complex128)
        if _EXECUTE(plan, vis.ctypes.data, modes.ctypes.data) > _TROUBLE:
            raise RuntimeError("FINUFFT failed in a compiled graph")
        stacked = np.empty((2, n))
        for i in range(n):
            value = vis[i] if modulation == 0 else vis[i] * _factor(modulation, i)
            stacked[0, i] = value.real
            stacked[1, i] = value.imag
        return stacked

    nufft_forward.py_func.plan = nufft.plan
    return nufft_forward  # type: ignore[no-any-return]


def compile_adjoint(nufft: Nufft) -> Callable[..., Any]:
    """Return the compiled ``visibilities (2, n_vis) -> Re A^H y (rows, columns)``; it keeps the plan alive."""
    symbol, n, (rows, columns) = named(nufft.plan.slot), nufft.n_vis, nufft.shape

    @numba_njit
    def nufft_adjoint(stacked: Floats) -> Floats:
        plan, modulation = word(symbol, 0), word(symbol, 1)
        _check(plan, stacked.shape == (2, n))
        vis = np.empty(n, dtype=np.complex128)
        for i in range(n):
            value = complex(stacked[0, i], stacked[1, i])
            vis[i] = value if modulation == 0 else value * _factor(modulation, i).conjugate()
        modes = np.empty((rows, columns), dtype=np.complex128)
        if _EXECUTE_ADJOINT(plan, vis.ctypes.data, modes.ctypes.data) > _TROUBLE:
            raise RuntimeError("FINUFFT failed in a compiled graph")
        return modes.real.copy()

    nufft_adjoint.py_func.plan = nufft.plan
    return nufft_adjoint  # type: ignore[no-any-return]


def compile_normal(normal: Normal, key: str) -> Callable[..., Any]:
    """Return the compiled ``image -> G image``; it keeps its tables alive."""
    lattice = kept_lattice(normal, key)
    symbol, (rows, columns) = named(lattice.slot), normal.shape
    external("bayesim_convolve", compiled_convolve().address, None)

    @numba_njit
    def normal_product(image: Floats) -> Floats:
        tables = word(symbol, 0)
        _check(tables, image.shape == (rows, columns))
        own = np.empty((rows, columns))
        own[:] = image
        product = np.empty((rows, columns))
        _CONVOLVE(tables, word(symbol, 1), own.ctypes.data, product.ctypes.data)
        return product

    normal_product.py_func.lattice = lattice
    return normal_product  # type: ignore[no-any-return]


def compile_quadratic(normal: Normal, key: str) -> Callable[..., Any]:
    """Return the compiled ``image -> (d'x - 1/2 x'Gx, d - Gx)``; it keeps its tables alive."""
    product_of = compile_normal(normal, key)
    symbol, (rows, columns) = named(kept_lattice(normal, key).slot), normal.shape

    @numba_njit
    def quadratic(image: Floats) -> tuple[Any, Floats]:
        gradient = product_of(image)
        dirty = word(symbol, 0)
        value = 0.0
        for i in range(rows):
            for j in range(columns):
                d, p = double_at(dirty, HEADER + i * columns + j), gradient[i, j]
                value += image[i, j] * (d - 0.5 * p)
                gradient[i, j] = d - p
        return np.asarray(value), gradient

    return quadratic  # type: ignore[no-any-return]
