"""An operator is a linear map, has the adjoint that it claims, and is the measurement equation."""

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import FOURIER_SIGN
from bayesim.operators import Operator

__all__ = ["check_adjoint", "check_operator", "exact_matrix"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


def check_adjoint(operator: Operator, *, seed: int, tolerance: float = 1e-12) -> None:
    """Assert that ``Re <A x, y> = <x, A^T y>`` for random x and y.

    Parameters
    ----------
    operator : Operator
        Map under test.
    seed : int
        Seed of x (standard normal) and y (complex standard normal).
    tolerance : float
        Largest difference relative to ``||A x|| ||y||``.

    Raises
    ------
    AssertionError
        A shape, a type or the identity is wrong; the message has the numbers.
    """
    rng = np.random.default_rng(seed)
    image = rng.standard_normal(operator.shape)
    visibilities = _complex_normal(rng, operator.n_vis)
    seen, back = operator.forward(image), operator.adjoint(visibilities)
    assert seen.shape == (operator.n_vis,), f"forward returns shape {seen.shape}, expected ({operator.n_vis},)"
    assert np.iscomplexobj(seen), f"forward returns {seen.dtype}, expected complex"
    assert back.shape == operator.shape, f"adjoint returns shape {back.shape}, expected {operator.shape}"
    assert not np.iscomplexobj(back), f"adjoint returns {back.dtype}, expected real: the real part of A^H y"
    left, right = float(np.vdot(seen, visibilities).real), float(np.vdot(image, back))
    error = abs(left - right) / float(np.linalg.norm(seen) * np.linalg.norm(visibilities))
    assert error <= tolerance, f"<Ax, y> = {left:.15g} but <x, A'y> = {right:.15g}: {error:.2g} > {tolerance:.2g}"


def check_operator(
    operator: Operator,
    *,
    uvw: Floats,
    directions: Floats,
    seed: int,
    tolerance: float,
    response: Floats | None = None,
) -> None:
    """Assert that an operator is the measurement equation, both ways, and linear.

    Parameters
    ----------
    operator : Operator
        Map under test.
    uvw : ndarray, shape (n_vis, 3)
        Baselines in wavelengths.
    directions : ndarray, shape (pixels, 3)
        ``(l, m, n - 1)`` of every pixel in row-major order; zeros in the last column for a coplanar operator.
    seed : int
        Seed of the images and visibilities.
    tolerance : float
        Largest error relative to the 2-norm of the exact result.
    response : ndarray, optional
        Real factor on every pixel before the sum, of the operator's shape.

    Raises
    ------
    AssertionError
        A result differs from the exact sum, or the map is not linear.
    """
    rng = np.random.default_rng(seed)
    matrix = exact_matrix(uvw=uvw, directions=directions)
    if response is not None:
        matrix = matrix * np.reshape(response, -1)
    image, other = rng.standard_normal((2, *operator.shape))
    visibilities = _complex_normal(rng, operator.n_vis)
    forward = operator.forward(image)
    _assert_close("forward", forward, matrix @ image.ravel(), tolerance)
    exact = (matrix.conj().T @ visibilities).real.reshape(operator.shape)
    _assert_close("adjoint", operator.adjoint(visibilities), exact, tolerance)
    together = operator.forward(2.0 * image - 3.0 * other)
    _assert_close("linearity", together, 2.0 * forward - 3.0 * operator.forward(other), 10 * tolerance)


def exact_matrix(*, uvw: Floats, directions: Floats) -> Complexes:
    """Return ``exp(-2 pi i (u l + v m + w (n - 1)))``, shape (n_vis, pixels): for small problems only."""
    turns = np.asarray(uvw) @ np.asarray(directions).T
    return np.asarray(np.exp(FOURIER_SIGN * 2j * np.pi * turns))


def _complex_normal(rng: np.random.Generator, size: int) -> Complexes:
    return np.asarray(rng.standard_normal(size) + 1j * rng.standard_normal(size))


def _assert_close(name: str, found: Floats | Complexes, exact: Floats | Complexes, tolerance: float) -> None:
    assert found.shape == exact.shape, f"{name} has shape {found.shape}, expected {exact.shape}"
    error = float(np.linalg.norm(found - exact) / np.linalg.norm(exact))
    assert error <= tolerance, f"{name} is {error:.2g} from the exact sum, relative; allowed {tolerance:.2g}"
