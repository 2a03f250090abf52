"""The NUFFT in a PyTensor graph: a real image in, real and imaginary parts of the visibilities out.

PyTensor cannot differentiate through complex intermediates, so the complex numbers stay inside the Ops.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key

from bayesim.errors import GridError
from bayesim.operators._on_jax import load_dispatch_on_jax
from bayesim.operators.nufft import Nufft
from bayesim.operators.numba import CODE_VERSION, compile_adjoint, compile_forward

__all__ = ["NufftAdjointOp", "NufftOp", "visibilities"]


class _NufftMap(Op):  # type: ignore[misc]
    """A real linear map between two float64 matrices of known shape, identified by the operator's content."""

    __props__ = ("key",)

    def __init__(self, nufft: Nufft, *, source: tuple[int, int], target: tuple[int, int]) -> None:
        self.nufft = nufft
        self.key = nufft.key
        self.source = source
        self.target = target

    def make_node(self, *inputs: Any) -> Apply:
        """Accept one matrix of real numbers; it is converted to float64."""
        (value,) = (pt.as_tensor_variable(x) for x in inputs)
        shape = value.type.shape
        if value.ndim != 2 or any(n not in (None, wanted) for n, wanted in zip(shape, self.source, strict=True)):
            raise GridError(f"{type(self).__name__} needs shape {self.source}, got a tensor of shape {shape}")
        if value.dtype.startswith("complex"):
            raise GridError(f"{type(self).__name__} needs real numbers, got {value.dtype}")
        return Apply(self, [pt.cast(value, "float64")], [pt.TensorType("float64", shape=self.target)()])

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Return the shape of the target, whatever the input is."""
        rows, columns = self.target
        return [(pt.constant(rows, dtype="int64"), pt.constant(columns, dtype="int64"))]

    def pushforward(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], tangents: Sequence[Variable]
    ) -> list[Variable]:
        """Apply the map to the tangent."""
        return [_linear(self, tangents[0])]


class NufftOp(_NufftMap):
    """Image (Jy/pixel), shape (rows, columns), to visibilities (Jy), shape (2, n_vis): real and imaginary parts."""

    def __init__(self, nufft: Nufft) -> None:
        super().__init__(nufft, source=nufft.shape, target=(2, nufft.n_vis))

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Apply the adjoint to the cotangent."""
        return [_linear(NufftAdjointOp(self.nufft), cotangents[0])]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]) -> None:
        """Evaluate with the NumPy twin."""
        vis = self.nufft.forward(_of_shape(inputs[0], self.source))
        output_storage[0][0] = np.stack([vis.real, vis.imag])


class NufftAdjointOp(_NufftMap):
    """Stacked visibilities, shape (2, n_vis), to ``Re A^H (real + i imag)``, shape (rows, columns)."""

    def __init__(self, nufft: Nufft) -> None:
        super().__init__(nufft, source=(2, nufft.n_vis), target=nufft.shape)

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Apply the forward operator to the cotangent."""
        return [_linear(NufftOp(self.nufft), cotangents[0])]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]) -> None:
        """Evaluate with the NumPy twin."""
        real, imag = _of_shape(inputs[0], self.source)
        output_storage[0][0] = self.nufft.adjoint(real + 1j * imag)


@register_funcify_default_op_cache_key(NufftOp)  # type: ignore[untyped-decorator]
def _numba_forward(op: NufftOp, **_: Any) -> tuple[Callable[..., Any], int]:
    return compile_forward(op.nufft), CODE_VERSION


@register_funcify_default_op_cache_key(NufftAdjointOp)  # type: ignore[untyped-decorator]
def _numba_adjoint(op: NufftAdjointOp, **_: Any) -> tuple[Callable[..., Any], int]:
    return compile_adjoint(op.nufft), CODE_VERSION


load_dispatch_on_jax()


def visibilities(nufft: Nufft, image: Any) -> Any:
    """Return the visibilities of an image as a PyTensor variable.

    Parameters
    ----------
    nufft : Nufft
        The operator.
    image : PyTensor or PyMC variable, shape (rows, columns)
        Jy/pixel.

    Returns
    -------
    TensorVariable, shape (2, n_vis)
        Real and imaginary parts in Jy.
    """
    return NufftOp(nufft)(image)


def _linear(op: Op, tangent: Variable) -> Variable:
    return disconnected_type() if isinstance(tangent.type, DisconnectedType) else op(tangent)


def _of_shape(value: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    if value.shape != shape:
        raise GridError(f"got an array of shape {value.shape}, expected {shape}")
    return value
