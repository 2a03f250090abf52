"""Eight doubles at once: a vector type for numba, so that compiled loops do not depend on what LLVM can prove.

``load``, ``store``, ``+``, ``-``, ``*`` on :data:`lanes`; the target's own registers are used (AVX-512: one, AVX2:
two, NEON and SSE2: four).
"""

import operator
from collections.abc import Callable
from typing import Any, Final

import numba
from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

__all__ = ["WIDTH", "kernel", "lanes", "load", "stay_apart", "store", "store_transposed"]

WIDTH: Final = 8
"""Doubles in a vector."""

# ruff: noqa: PLR0917 - compiled code takes its arguments in order
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_INT = ir.IntType(32)


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a function for callers in compiled code; to Python's type checker it stays what it is."""
    return numba.njit(function)  # type: ignore[no-any-return]


class _Lanes(types.Type):  # type: ignore[misc]
    """Numba's name for a vector."""

    def __init__(self) -> None:
        super().__init__(f"Lanes{WIDTH}")


lanes: Final = _Lanes()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, front: Any) -> None:
        super().__init__(manager, front, _VECTOR)


def _arithmetic(symbol: Callable[..., Any], instruction: str) -> None:
    """Teach numba ``vector symbol vector`` and ``vector symbol float``; a product and a sum may fuse."""

    @infer_global(symbol)
    class _Typing(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, _: Any) -> Any:
            if args in ((lanes, lanes), (lanes, types.float64)):
                return signature(lanes, *args)
            return None

    def vectors(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args, flags=("contract",))

    def vector_and_float(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), args[1], ir.Constant(_INT, 0))
        all_lanes = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_INT, WIDTH), [0] * WIDTH))
        return getattr(builder, instruction)(args[0], all_lanes, flags=("contract",))

    lower_builtin(symbol, lanes, lanes)(vectors)
    lower_builtin(symbol, lanes, types.float64)(vector_and_float)


_arithmetic(operator.add, "fadd")
_arithmetic(operator.sub, "fsub")
_arithmetic(operator.mul, "fmul")


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def stay_apart(typing_context: Any) -> Any:
    """Keep the calling function a function: copies of it in its callers would only cost time to compile."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic  # type: ignore[untyped-decorator]
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Return ``array[index : index + 8]`` of a contiguous array of doubles; nothing checks the bounds."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = builder.load(_pointer(context, builder, sig.args[0], *args))
        vector.align = 8
        return vector

    return lanes(array, types.intp), codegen


@intrinsic  # type: ignore[untyped-decorator]
def store(typing_context: Any, array: Any, index: Any, vector: Any) -> Any:
    """Set ``array[index : index + 8]`` of a contiguous array of doubles; nothing checks the bounds."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], _pointer(context, builder, sig.args[0], *args[:2])).align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), codegen


@intrinsic  # type: ignore[untyped-decorator]
def store_transposed(typing_context: Any, source: Any, at: Any, step: Any, target: Any, to: Any, stride: Any) -> Any:
    """Transpose 8 x 8 doubles: vectors at ``at + i step`` of the source become vectors at ``to + j stride``."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        start, gap, end, pitch = args[1], args[2], args[4], args[5]
        vectors = []
        for _ in range(WIDTH):
            vectors.append(builder.load(_pointer(context, builder, sig.args[0], args[0], start)))
            vectors[-1].align = 8
            start = builder.add(start, gap)
        for vector in _transposed(builder, vectors):
            builder.store(vector, _pointer(context, builder, sig.args[3], args[3], end)).align = 8
            end = builder.add(end, pitch)
        return context.get_dummy_value()

    index = types.intp
    return types.void(source, index, index, target, index, index), codegen


def _transposed(builder: Any, vectors: list[Any]) -> list[Any]:
    """Exchange the off-diagonal halves of 2 x 2, 4 x 4 and 8 x 8 blocks in turn."""
    for bit in (1, 2, 4):
        first = [i if not i & bit else (i ^ bit) + WIDTH for i in range(WIDTH)]
        second = [i | bit if not i & bit else i + WIDTH for i in range(WIDTH)]
        exchanged = list(vectors)
        for i in (i for i in range(WIDTH) if not i & bit):
            for j, mask in ((i, first), (i | bit, second)):
                order = ir.Constant(ir.VectorType(_INT, WIDTH), mask)
                exchanged[j] = builder.shuffle_vector(vectors[i], vectors[i | bit], order)
        vectors = exchanged
    return vectors
