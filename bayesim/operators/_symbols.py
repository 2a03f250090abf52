"""Names in machine code for what only this process knows.

Machine code is cached on disk and shared by processes, so it must not hold an address. It refers to names, which
every process defines before the code is loaded: those of C functions, and of one slot per plan or table.
"""

from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from bayesim.operators._plans import Slot

__all__ = ["double_at", "external", "named", "word"]


def external(symbol: str, address: int | None, signature: Any) -> Any:
    """Return a C function that compiled code calls by name, without Python and without its lock."""
    binding.add_symbol(symbol, address)
    return types.ExternalFunction(symbol, signature)


def named(slot: Slot) -> str:
    """Define the slot's name in this process and return it."""
    binding.add_symbol(slot.symbol, slot.address)
    return slot.symbol


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def word(typing_context: Any, symbol: Any, index: Any) -> Any:
    """Read word 0 or 1 of the slot with this name (both literals), as an unsigned integer."""
    name, position = symbol.literal_value, index.literal_value

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        slot = context.get_c_value(builder, ir.ArrayType(context.get_value_type(types.uintp), 2), name)
        return builder.load(cgutils.gep_inbounds(builder, slot, 0, position))

    return types.uintp(symbol, index), codegen


@intrinsic  # type: ignore[untyped-decorator]
def double_at(typing_context: Any, address: Any, index: Any) -> Any:
    """Read the double number ``index`` of the array at an address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = builder.inttoptr(args[0], ir.DoubleType().as_pointer())
        return builder.load(builder.gep(start, [args[1]]))

    return types.float64(types.uintp, types.intp), codegen
