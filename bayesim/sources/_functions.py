"""The functions that sources are made of, in a PyTensor graph.

PyTensor takes seconds to import and a MAP does not need it: every function imports it when it is first called.
"""

from typing import Any

__all__ = [
    "as_tensor",
    "bessel_ratio",
    "column",
    "cos",
    "evaluated",
    "exp",
    "matrix_product",
    "n_minus_1",
    "sin",
    "sqrt",
    "stack",
    "turned",
    "zeros_like",
]


def _tensor() -> Any:
    import pytensor.tensor as pt

    return pt


def as_tensor(x: Any) -> Any:
    """Return ``x`` as a float64 tensor."""
    pt = _tensor()
    return pt.cast(pt.as_tensor(x), "float64")


def exp(x: Any) -> Any:
    """Return the exponential."""
    return _tensor().exp(x)


def sqrt(x: Any) -> Any:
    """Return the square root."""
    return _tensor().sqrt(x)


def cos(x: Any) -> Any:
    """Return the cosine."""
    return _tensor().cos(x)


def sin(x: Any) -> Any:
    """Return the sine."""
    return _tensor().sin(x)


def stack(pair: tuple[Any, Any]) -> Any:
    """Return real and imaginary part as one tensor, shape (2, n)."""
    return _tensor().stack(list(pair))


def zeros_like(x: Any) -> Any:
    """Return zeros of the same shape."""
    return _tensor().zeros_like(x)


def column(x: Any) -> Any:
    """Return a vector of n as shape (n, 1), to be broadcast against components."""
    return as_tensor(x)[:, None]


def matrix_product(a: Any, b: Any) -> Any:
    """Return ``a @ b``."""
    return _tensor().dot(a, b)


def bessel_ratio(order: Any, z: Any) -> Any:
    """Return ``Gamma(order + 1) (2/x)^order J_order(x)`` at ``z = x^2`` (see :mod:`bayesim.sources._bessel`)."""
    from bayesim.sources._bessel_op import bessel_ratio as op

    return op(as_tensor(order), as_tensor(z))


def evaluated(x: Any) -> Any:
    """Return the number or array that a graph without free inputs stands for: no rewriting, no machine code."""
    import pytensor
    from pytensor.compile.mode import Mode

    return pytensor.function([], x, mode=Mode(linker="py", optimizer=None))()


def n_minus_1(l: Any, m: Any) -> Any:
    """Return ``sqrt(1 - l^2 - m^2) - 1`` without cancellation, smooth at the centre."""
    r2 = l**2 + m**2
    return -r2 / (1.0 + sqrt(1.0 - r2))


def turned(vis: tuple[Any, Any], turns: Any) -> tuple[Any, Any]:
    """Return ``(real + i imag) exp(-2 pi i turns)``."""
    real, imag = vis
    angle = 2.0 * 3.141592653589793 * turns
    c, s = cos(angle), sin(angle)
    return real * c + imag * s, imag * c - real * s
