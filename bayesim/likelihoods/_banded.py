"""The triangular solve with a banded Cholesky factor in a graph: forwards along the channels, or backwards."""

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.gradient import DisconnectedType, disconnected_type, grad_not_implemented
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key

__all__ = ["BandedSolve", "solve", "solve_transposed"]

Floats = NDArray[np.float64]


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def solve(value: Floats, band: Floats) -> Floats:
    """Return ``L^-1 value``.

    Parameters
    ----------
    value : ndarray, shape (c, m)
        One column per right-hand side.
    band : ndarray, shape (b + 1, c)
        ``band[j, k] = L[k + j, k]``: LAPACK's lower form, as SciPy's ``cholesky_banded`` returns it.
    """
    result = value.copy()
    for k in range(value.shape[0]):
        for j in range(1, min(k, band.shape[0] - 1) + 1):
            for i in range(value.shape[1]):
                result[k, i] -= band[j, k - j] * result[k - j, i]
        for i in range(value.shape[1]):
            result[k, i] /= band[0, k]
    return result


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def solve_transposed(value: Floats, band: Floats) -> Floats:
    """Return ``L^-T value``, arguments as in :func:`solve`."""
    result, last = value.copy(), value.shape[0] - 1
    for k in range(last, -1, -1):
        for j in range(1, min(last - k, band.shape[0] - 1) + 1):
            for i in range(value.shape[1]):
                result[k, i] -= band[j, k] * result[k + j, i]
        for i in range(value.shape[1]):
            result[k, i] /= band[0, k]
    return result


class BandedSolve(Op):  # type: ignore[misc]
    """``(value, band) -> L^-1 value``, or ``L^-T value`` where transposed: the shell of the two functions."""

    __props__ = ("transposed",)

    def __init__(self, *, transposed: bool = False) -> None:
        self.transposed = transposed

    def make_node(self, value: Any, band: Any) -> Apply:
        """Accept two float64 matrices."""
        inputs = [pt.as_tensor(value), pt.as_tensor(band)]
        if any(x.ndim != 2 or x.dtype != "float64" for x in inputs):
            raise TypeError("a banded solve needs two float64 matrices")
        return Apply(self, inputs, [inputs[0].type()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]) -> None:
        """Evaluate with the NumPy twin."""
        output_storage[0][0] = (solve_transposed if self.transposed else solve)(*inputs)

    def infer_shape(self, node: Apply, input_shapes: Sequence[Any]) -> list[Any]:
        """Return the shape of the value."""
        return [input_shapes[0]]

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Solve the other way round; the factor is data."""
        other = BandedSolve(transposed=not self.transposed)
        return [other(cotangents[0], inputs[1]), grad_not_implemented(self, 1, inputs[1], "the factor is data")]

    def pushforward(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], tangents: Sequence[Variable]
    ) -> list[Variable]:
        """Apply the solve to the tangent."""
        absent = isinstance(tangents[0].type, DisconnectedType)
        return [disconnected_type() if absent else self(tangents[0], inputs[1])]


@register_funcify_default_op_cache_key(BandedSolve)  # type: ignore[untyped-decorator]
def _numba_solve(op: BandedSolve, **_: Any) -> tuple[Callable[..., Any], int]:
    return (solve_transposed if op.transposed else solve), 1
