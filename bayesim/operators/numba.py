"""The NUFFT in compiled graphs: FINUFFT's C functions are called without Python and without its lock.

Machine code is cached on disk and shared by processes, so it must not hold an address. It refers to *names* that
every process defines before the code is loaded: FINUFFT's two functions, and one slot per plan.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from finufft import _finufft
from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray
from pytensor.link.numba.dispatch.basic import numba_njit

from bayesim.operators._plans import KeptPlan
from bayesim.operators.nufft import Nufft

__all__ = ["CODE_VERSION", "compile_adjoint", "compile_forward"]

Floats = NDArray[np.float64]

CODE_VERSION = 1
"""To be raised whenever the code below changes: PyTensor's disk cache does not look at it."""

_TROUBLE = 1
"""FINUFFT's status 1 is a warning about the tolerance; higher ones are errors."""


def _external(name: str) -> Any:
    symbol = f"bayesim_{name}"
    binding.add_symbol(symbol, ctypes.cast(getattr(_finufft.lib, name), ctypes.c_void_p).value)
    return types.ExternalFunction(symbol, types.int32(types.uintp, types.uintp, types.uintp))


# of a plan, the values at its points, and its modes
_EXECUTE = _external("finufft_execute")
_EXECUTE_ADJOINT = _external("finufft_execute_adjoint")


@intrinsic(prefer_literal=True)
def _word(typing_context: Any, symbol: Any, index: Any) -> Any:
    """Read one of the two words of the slot with this name."""
    name, position = symbol.literal_value, index.literal_value

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = context.get_value_type(types.uintp)
        slot = context.get_c_value(builder, ir.ArrayType(word, 2), name)
        return builder.load(cgutils.gep_inbounds(builder, slot, 0, position))

    return types.uintp(symbol, index), codegen


@numba_njit
def _check(plan: int, shape_fits: bool) -> None:  # noqa: FBT001 - compiled code takes no keywords
    if plan == 0:
        raise RuntimeError("the plan of this compiled function was freed: keep its model or function alive")
    if not shape_fits:
        raise ValueError("the input of a compiled NUFFT does not have the operator's shape")


def _name_slot(plan: KeptPlan) -> str:
    symbol = f"bayesim_plan_{plan.key}"
    binding.add_symbol(symbol, plan.slot)
    return symbol


@intrinsic
def _double_at(typing_context: Any, address: Any, index: Any) -> Any:
    """Read the double number ``index`` of the array at an address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = builder.inttoptr(args[0], ir.DoubleType().as_pointer())
        return builder.load(builder.gep(start, [args[1]]))

    return types.float64(types.uintp, types.intp), codegen


@numba_njit
def _factor(modulation: int, index: int) -> complex:
    return complex(_double_at(modulation, 2 * index), _double_at(modulation, 2 * index + 1))


def compile_forward(nufft: Nufft) -> Callable[..., Any]:
    """Return the compiled ``image (rows, columns) -> visibilities (2, n_vis)``; it keeps the plan alive."""
    symbol, n, (rows, columns) = _name_slot(nufft.plan), nufft.n_vis, nufft.shape

    @numba_njit
    def nufft_forward(image: Floats) -> Floats:
        plan, modulation = _word(symbol, 0), _word(symbol, 1)
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
    symbol, n, (rows, columns) = _name_slot(nufft.plan), nufft.n_vis, nufft.shape

    @numba_njit
    def nufft_adjoint(stacked: Floats) -> Floats:
        plan, modulation = _word(symbol, 0), _word(symbol, 1)
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
