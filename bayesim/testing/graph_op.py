"""A PyTensor Op is differentiable, picklable, and the same on every backend. Importing this needs PyTensor."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.compile.mode import Mode

__all__ = ["check_op"]

Floats = NDArray[np.float64]
Function = Callable[..., Any]

DIRECTIONS = 4
"""Random directions along which the gradient is compared with differences."""

PYTHON = Mode(linker="py", optimizer="fast_compile")
"""Derivatives need no compiler: the graph is the same, and one compilation of each takes many seconds."""

STEP = 1e-4
"""Step of a central difference, relative to the norm of the point: the error is its square, plus rounding / step."""


def check_op(op: Any, *values: Floats, seed: int, tolerance: float = 1e-6, agreement: float = 1e-10) -> None:
    """Assert that an Op of real inputs is a well-behaved citizen of a graph.

    Its outputs agree between Python and the default backend and have the shapes that ``infer_shape`` announces; first
    and second derivatives agree with central differences; a pickled copy is equal and gives the same numbers.

    Parameters
    ----------
    op : pytensor.graph.op.Op
        Op under test; applied to as many inputs as there are values.
    *values : ndarray of float64
        The point at which it is tested.
    seed : int
        Seed of the weights of the outputs and of the directions.
    tolerance : float
        Largest difference of a derivative, relative to its size along random directions.
    agreement : float
        Largest difference between backends, relative to the largest element.

    Raises
    ------
    AssertionError
        With the property that fails.
    """
    rng = np.random.default_rng(seed)
    inputs = [pt.tensor(f"x{i}", dtype="float64", shape=(None,) * value.ndim) for i, value in enumerate(values)]
    outputs = op(*inputs, return_list=True)
    expected = pytensor.function(inputs, outputs, mode=PYTHON)(*values)
    _check_backend(inputs, outputs, values, expected, agreement)
    _check_shapes(op, inputs, outputs, values, expected)
    _check_pickle(op, values, expected)
    weights = [rng.standard_normal(value.shape) for value in expected]
    # the square makes the second derivative of a linear map more than zero
    scale = max(float(np.abs(value).max()) for value in expected)
    loss = sum(pt.sum(w * out + 0.5 * out**2 / scale) for w, out in zip(weights, outputs, strict=True))
    _check_derivatives(loss, inputs, values, rng, tolerance)


def _check_backend(inputs: Any, outputs: Any, values: Any, expected: list[Floats], agreement: float) -> None:
    for found, right in zip(pytensor.function(inputs, outputs)(*values), expected, strict=True):
        assert found.shape == right.shape, f"compiled shape {found.shape}, in Python {right.shape}"
        error, size = float(np.abs(found - right).max()), float(np.abs(right).max())
        assert error <= agreement * size, f"compiled and Python results differ by {error:.2g} of {size:.2g}"


def _check_shapes(op: Any, inputs: Any, outputs: Any, values: Any, expected: list[Floats]) -> None:
    function = pytensor.function(inputs, [out.shape for out in outputs], on_unused_input="ignore", mode=PYTHON)
    announced = [tuple(int(n) for n in shape) for shape in function(*values)]
    actual = [value.shape for value in expected]
    assert announced == actual, f"infer_shape announces {announced}, the outputs have {actual}"
    evaluated = [node for node in function.maker.fgraph.toposort() if node.op == op]
    assert not evaluated, "the shape of the output needs the output: implement infer_shape"


def _check_pickle(op: Any, values: Any, expected: list[Floats]) -> None:
    # our own object, on its way to another process and back
    copy = pickle.loads(pickle.dumps(op))  # noqa: S301
    assert copy == op, "a pickled copy is not equal to the Op: compare by content, in __props__"
    assert hash(copy) == hash(op), "a pickled copy has another hash"
    results = pytensor.function([], copy(*values, return_list=True), mode=PYTHON)()
    for found, right in zip(results, expected, strict=True):
        assert np.array_equal(found, right), "a pickled copy gives other numbers"


def _check_derivatives(loss: Any, inputs: Any, values: Any, rng: np.random.Generator, tolerance: float) -> None:
    gradient = pt.grad(loss, inputs)
    along = [pt.tensor(f"v{i}", dtype="float64", shape=(None,) * value.ndim) for i, value in enumerate(values)]
    slope = sum(pt.sum(g * v) for g, v in zip(gradient, along, strict=True))
    first = pytensor.function(inputs, gradient, mode=PYTHON)
    second = pytensor.function([*inputs, *along], pt.grad(slope, inputs, disconnected_inputs="ignore"), mode=PYTHON)
    value = pytensor.function(inputs, loss, mode=PYTHON)
    for _ in range(DIRECTIONS):
        direction = [rng.standard_normal(v.shape) for v in values]
        step = STEP * float(np.sqrt(sum(np.sum(v**2) for v in values) / sum(np.sum(d**2) for d in direction)))
        before, after = ([v + s * step * d for v, d in zip(values, direction, strict=True)] for s in (-1, 1))
        difference = (float(value(*after)) - float(value(*before))) / (2 * step)
        _compare("gradient", _dot(first(*values), direction), difference, tolerance)
        probe = [rng.standard_normal(v.shape) for v in values]
        difference = (_dot(first(*after), probe) - _dot(first(*before), probe)) / (2 * step)
        _compare("second derivative", _dot(second(*values, *direction), probe), difference, tolerance)


def _compare(name: str, found: float, difference: float, tolerance: float) -> None:
    error = abs(found - difference) / max(abs(difference), abs(found), np.finfo(float).tiny)
    assert error <= tolerance, (
        f"{name} is {found:.12g}, central differences give {difference:.12g}: off by {error:.2g}"
    )


def _dot(left: list[Floats], right: list[Floats]) -> float:
    return float(sum(np.vdot(a, b) for a, b in zip(left, right, strict=True)))
