"""A dense quadratic form whose value and gradient share one matrix-vector product."""

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.gradient import DisconnectedType, grad_not_implemented
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key

__all__ = ["DenseQuadratic", "quadratic"]

Floats = NDArray[np.float64]


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def quadratic(step: Floats, gradient: Floats, gram: Floats) -> tuple[Any, Floats]:
    """Return ``q = h'g - 1/2 h'Gh`` and ``g - Gh``.

    Parameters
    ----------
    step : ndarray, shape (k,)
        ``h``, Jy/pixel.
    gradient : ndarray, shape (k,)
        ``g``, 1/Jy.
    gram : ndarray, shape (k, k)
        ``G``, symmetric, 1/Jy^2.

    Returns
    -------
    value : float
        ``q``, dimensionless.
    slope : ndarray, shape (k,)
        Derivative of ``q``, 1/Jy.

    Notes
    -----
    The product adds rows (``G`` is symmetric): contiguous, vectorised without reordering a sum, the same bits in
    every thread, and no BLAS threads to compete with the chains.
    """
    image = np.zeros_like(step)
    for j in range(step.size):
        for i in range(step.size):
            image[i] += gram[j, i] * step[j]
    value = 0.0
    for i in range(step.size):
        value += step[i] * (gradient[i] - 0.5 * image[i])
    return np.asarray(value), gradient - image


class DenseQuadratic(Op):  # type: ignore[misc]
    """``(h, g, G) -> (h'g - 1/2 h'Gh, g - Gh)``: the PyTensor shell of :func:`quadratic`.

    The second output is the derivative of the first, so value and gradient cost one product.
    """

    __props__ = ()

    def make_node(self, step: Any, gradient: Any, gram: Any) -> Apply:
        """Accept two vectors of length k and a symmetric (k, k) matrix, float64."""
        inputs = [pt.as_tensor(step), pt.as_tensor(gradient), pt.as_tensor(gram)]
        if [x.ndim for x in inputs] != [1, 1, 2] or any(x.dtype != "float64" for x in inputs):
            raise TypeError("a quadratic needs two float64 vectors and a float64 matrix")
        return Apply(self, inputs, [pt.dscalar(), inputs[0].type()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]) -> None:
        """Evaluate with the NumPy twin."""
        for storage, result in zip(output_storage, quadratic(*inputs), strict=True):
            storage[0] = result

    def infer_shape(self, node: Apply, input_shapes: Sequence[Any]) -> list[Any]:
        """Return the shapes of a scalar and of the step."""
        return [(), input_shapes[0]]

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Return the cotangent of the step and of the gradient; the matrix is data."""
        step, _, gram = inputs
        of_value, of_slope = cotangents
        along = pt.zeros_like(step) if _absent(of_value) else of_value * outputs[1]
        of_gradient = pt.zeros_like(step) if _absent(of_value) else of_value * step
        if not _absent(of_slope):
            along = along - pt.dot(gram, of_slope)
            of_gradient = of_gradient + of_slope
        return [along, of_gradient, grad_not_implemented(self, 2, gram, "the Gram matrix is data")]

    def pushforward(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], tangents: Sequence[Variable]
    ) -> list[Variable]:
        """Return the change of value and slope along a change of the step."""
        along = tangents[0]
        if _absent(along):
            return [pt.zeros(()), pt.zeros_like(inputs[0])]
        return [pt.dot(outputs[1], along), -pt.dot(inputs[2], along)]


def _absent(variable: Variable) -> bool:
    return isinstance(variable.type, DisconnectedType)


@register_funcify_default_op_cache_key(DenseQuadratic)  # type: ignore[untyped-decorator]
def _numba_quadratic(op: DenseQuadratic, **_: Any) -> tuple[Callable[..., Any], int]:
    return quadratic, 1
