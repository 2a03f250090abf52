"""The image-plane likelihood in a PyTensor graph: value and gradient from one pair of FFTs."""

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
from bayesim.operators._plans import content_key
from bayesim.operators.normal import Normal
from bayesim.operators.numba import CODE_VERSION, compile_normal, compile_quadratic

__all__ = ["NormalOp", "QuadraticOp", "quadratic"]


class _OnImage(Op):  # type: ignore[misc]
    """An Op on a float64 image of the shape of the normal operator, identified by its content."""

    __props__ = ("key",)

    def __init__(self, normal: Normal) -> None:
        self.normal = normal
        self.key = content_key(normal.shape, normal.dirty, normal.transfer, normal.response)

    def image(self, value: Any) -> Any:
        """Return the input as a float64 matrix, or refuse it."""
        image = pt.as_tensor_variable(value)
        shape = image.type.shape
        fits = image.ndim == 2 and all(n in (None, own) for n, own in zip(shape, self.normal.shape, strict=True))
        if not fits or image.dtype.startswith("complex"):
            raise GridError(
                f"{type(self).__name__} needs a real image of shape {self.normal.shape}, got {image.dtype} {shape}"
            )
        return pt.cast(image, "float64")

    def shape(self) -> tuple[Any, Any]:
        """Return the shape of the image as constants of a graph."""
        rows, columns = self.normal.shape
        return pt.constant(rows, dtype="int64"), pt.constant(columns, dtype="int64")


class NormalOp(_OnImage):
    """``x -> G x``: image in Jy/pixel to 1/Jy, symmetric."""

    def make_node(self, *inputs: Any) -> Apply:
        """Accept one image."""
        return Apply(self, [self.image(inputs[0])], [pt.TensorType("float64", shape=self.normal.shape)()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]) -> None:
        """Evaluate with the NumPy twin."""
        output_storage[0][0] = self.normal.apply(_of_shape(inputs[0], self.normal.shape))

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the shape of the image."""
        return [self.shape()]

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Apply ``G`` to the cotangent."""
        return [disconnected_type() if _absent(cotangents[0]) else self(cotangents[0])]

    def pushforward(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], tangents: Sequence[Variable]
    ) -> list[Variable]:
        """Apply ``G`` to the tangent."""
        return [disconnected_type() if _absent(tangents[0]) else self(tangents[0])]


class QuadraticOp(_OnImage):
    """``x -> (d'x - 1/2 x'Gx, d - Gx)``: the second output is the gradient of the first."""

    def make_node(self, *inputs: Any) -> Apply:
        """Accept one image."""
        gradient = pt.TensorType("float64", shape=self.normal.shape)()
        return Apply(self, [self.image(inputs[0])], [pt.dscalar(), gradient])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]) -> None:
        """Evaluate with the NumPy twin."""
        value, gradient = self.normal.value_and_gradient(_of_shape(inputs[0], self.normal.shape))
        output_storage[0][0] = np.asarray(value)
        output_storage[1][0] = gradient

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the shapes of a scalar and of the image."""
        return [(), self.shape()]

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Scale the gradient that is already there; a cotangent of the gradient itself goes through ``-G``."""
        of_value, of_gradient = cotangents
        parts = [] if _absent(of_value) else [of_value * outputs[1]]
        if not _absent(of_gradient):
            parts.append(-NormalOp(self.normal)(of_gradient))
        return [pt.add(*parts) if parts else disconnected_type()]

    def pushforward(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], tangents: Sequence[Variable]
    ) -> list[Variable]:
        """Return the change of the value and of the gradient along a change of the image."""
        along = tangents[0]
        if _absent(along):
            return [disconnected_type(), disconnected_type()]
        return [pt.sum(outputs[1] * along), -NormalOp(self.normal)(along)]


@register_funcify_default_op_cache_key(NormalOp)  # type: ignore[untyped-decorator]
def _numba_normal(op: NormalOp, **_: Any) -> tuple[Callable[..., Any], int]:
    return compile_normal(op.normal, op.key), CODE_VERSION


@register_funcify_default_op_cache_key(QuadraticOp)  # type: ignore[untyped-decorator]
def _numba_quadratic(op: QuadraticOp, **_: Any) -> tuple[Callable[..., Any], int]:
    return compile_quadratic(op.normal, op.key), CODE_VERSION


load_dispatch_on_jax()


def quadratic(normal: Normal, image: Any) -> tuple[Any, Any]:
    """Return the quadratic form of the image-plane likelihood as PyTensor variables.

    Parameters
    ----------
    normal : Normal
        The normal operator and the dirty image.
    image : PyTensor or PyMC variable, shape (rows, columns)
        ``x`` in Jy/pixel.

    Returns
    -------
    value : TensorVariable, scalar
        ``d'x - 1/2 x'Gx``, dimensionless; ``log L = const - 1/2 y'Wy + value``.
    gradient : TensorVariable, shape (rows, columns)
        ``d - Gx`` in 1/Jy; it costs nothing more.
    """
    value, gradient = QuadraticOp(normal)(image)
    return value, gradient


def _absent(variable: Variable) -> bool:
    return isinstance(variable.type, DisconnectedType)


def _of_shape(value: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    if value.shape != shape:
        raise GridError(f"got an array of shape {value.shape}, expected {shape}")
    return value
