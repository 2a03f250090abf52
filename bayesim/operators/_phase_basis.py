"""The w phase as a short sum of products: one factor per visibility, one real factor per pixel."""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.special import jv

__all__ = ["PhaseBasis"]

Floats = NDArray[np.float64]

_BLOCK = 1 << 14
"""Rows of x per pass of :meth:`PhaseBasis.factors`."""


@dataclass(frozen=True, eq=False)
class PhaseBasis:
    """``exp(i c x y) = sum_k C_k(x) p_k(y) + i sum_k S_k(x) q_k(y)`` for x, y in [-1, 1]; every factor is real.

    Build with :meth:`of_bandwidth`. ``p_k`` (even) and ``q_k`` (odd) are the singular functions of ``cos(c x y)``
    and ``sin(c x y)`` on [0, 1], that is, the prolate spheroidal functions: no other choice needs fewer terms.

    Parameters
    ----------
    bandwidth : float
        ``c`` in radians.
    n_even : int
        Terms of the cosine; they come first.
    series : ndarray, shape (rank, degree + 1)
        Chebyshev coefficients in ``2 y^2 - 1`` of ``p_k`` and of ``q_k / y``.
    error : float
        Largest error found on a grid of (x, y) that includes the corners.
    """

    bandwidth: float
    n_even: int
    series: Floats
    error: float

    @classmethod
    def of_bandwidth(cls, bandwidth: float, *, tolerance: float) -> "PhaseBasis":
        """Return the shortest expansion whose largest error is at most ``tolerance``."""
        nodes, weights = _quadrature(bandwidth)
        phase = bandwidth * np.outer(nodes, nodes)
        even, even_error = _shortest(np.cos(phase), nodes, weights, tolerance, odd=False)
        odd, odd_error = _shortest(np.sin(phase), nodes, weights, tolerance, odd=True)
        degree = max(even.shape[1], odd.shape[1])
        series = [np.pad(part, ((0, 0), (0, degree - part.shape[1]))) for part in (even, odd)]
        return cls(bandwidth, len(even), np.concatenate(series), max(even_error, odd_error))

    @property
    def rank(self) -> int:
        """Number of terms."""
        return len(self.series)

    def factors(self, x: Floats) -> Floats:
        """Return ``C_k(x)`` and ``S_k(x)``, shape (len(x), rank).

        They are smooth functions of x of the same bandwidth, so they are summed exactly at Chebyshev nodes only.
        """
        degree = 2 * self.series.shape[1] + 8
        chebyshev_nodes = (np.cos(np.pi * (np.arange(degree) + 0.5) / degree) + 1) / 2
        roots = np.sqrt(chebyshev_nodes)
        nodes, weights = _quadrature(self.bandwidth)
        functions = self.at(nodes) * weights
        phase = self.bandwidth * np.outer(roots, nodes)
        exact = np.concatenate(
            [np.cos(phase) @ functions[: self.n_even].T, np.sin(phase) @ functions[self.n_even :].T / roots[:, None]],
            axis=1,
        )
        series = chebyshev.chebfit(2 * chebyshev_nodes - 1, exact, degree - 1)
        small = np.abs(series).max(axis=1) < 1e-16 * np.abs(series).max()
        series = series[: degree - int(np.argmin(small[::-1]))]
        out = np.empty((x.size, self.rank))
        for start in range(0, x.size, _BLOCK):
            y = x[start : start + _BLOCK]
            values = chebyshev.chebvander(2 * y**2 - 1, len(series) - 1) @ series
            values[:, self.n_even :] *= y[:, None]
            out[start : start + _BLOCK] = values
        return out

    def at(self, y: Floats) -> Floats:
        """Return ``p_k(y)`` and ``q_k(y)``, shape (rank, len(y))."""
        values = np.atleast_2d(chebyshev.chebval(2 * y**2 - 1, self.series.T))
        values[self.n_even :] *= y
        return np.asarray(values)


def _quadrature(bandwidth: float) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [0, 1], enough for products of two factors."""
    nodes, weights = np.polynomial.legendre.leggauss(40 + int(bandwidth))
    return (nodes + 1) / 2, weights / 2


def _shortest(kernel: Floats, nodes: Floats, weights: Floats, tolerance: float, *, odd: bool) -> tuple[Floats, float]:
    """Return the series of the fewest singular functions that reach the tolerance, and the error reached."""
    root = np.sqrt(weights)
    power = nodes if odd else np.ones_like(nodes)
    vander = power[:, None] * chebyshev.chebvander(2 * nodes**2 - 1, _degree(len(nodes) - 40, tolerance))
    orthonormal, triangle = np.linalg.qr(root[:, None] * vander)
    functions = np.linalg.svd(root[:, None] * kernel * root @ orthonormal)[2]
    series = np.linalg.solve(triangle, functions.T).T
    values = series @ vander.T
    factors = (kernel * weights) @ values.T
    for rank in range(len(series) + 1):
        error = float(np.abs(kernel - factors[:, :rank] @ values[:rank]).max())
        if error <= tolerance:
            break
    return series[:rank], error


def _degree(bandwidth: float, tolerance: float) -> int:
    """Return where the Chebyshev coefficients ``2 J_2n(c)`` of ``cos(c y)`` have fallen below the tolerance."""
    degrees = np.arange(30 + int(bandwidth))
    small = np.abs(jv(2 * degrees, bandwidth + 1)) < 0.01 * tolerance
    return int(degrees[small & (2 * degrees > bandwidth)][0])
