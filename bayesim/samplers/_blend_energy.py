"""Energy, slope and metric of a few blended sources, compiled."""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.samplers._source_sweep import interpolation
from bayesim.solvers.candidates import REACH

__all__ = ["PATCH", "RIDGE", "metric", "place", "potential", "solve_lower", "solve_upper"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

PATCH = 0.5
"""Added to the information of a position in its own unit: it is also bounded by its patch."""

RIDGE = 1e-6
"""Relative load of the information: no two columns may look alike."""


@compiled_in_order
def place(basis: Floats, state: Floats, nodes: Floats) -> bool:
    """Write the node fluxes of sources (flux, x, y); return whether all are inside the prior."""
    for i in range(len(state)):
        f, x, y = state[i]
        if f <= 0.0 or x * x + y * y >= REACH * REACH:
            return False
        own = nodes[6 * i : 6 * i + 6]
        interpolation(basis, x, y, own)
        own *= f
    return True


@compiled_in_order
def potential(
    basis: Floats,
    block: Floats,
    pull: Floats,
    state: Floats,
    nodes: Floats,
    variance: float,
    rate: float,
    slope: Floats,
) -> float:
    """Return minus the log-density of sources and write its slope.

    Parameters
    ----------
    basis : ndarray, shape (6, 6)
        Quadratics of the nodes.
    block : ndarray, shape (6 n, 6 n)
        Gram matrix of their nodes in 1/Jy^2.
    pull : ndarray, shape (6 n,)
        Residual of all other sources at the nodes in 1/Jy.
    state : ndarray, shape (n, 3)
        Flux in Jy, x and y in standard deviations.
    nodes : ndarray, shape (6 n,)
        From :func:`place`.
    variance, rate : float
        Square of the noise scale; 1/Jy.
    slope : ndarray, shape (3 n,)
        Filled.
    """
    force = block @ nodes
    value = 0.5 * np.dot(nodes, force) - np.dot(nodes, pull)
    force -= pull
    total = 0.0
    for i in range(len(state)):
        f, x, y = state[i]
        total += f
        by_flux, by_x, by_y = 0.0, 0.0, 0.0
        for k in range(6):
            b, g = basis[k], force[6 * i + k]
            by_flux += g * (b[0] + b[1] * x + b[2] * y + b[3] * x * x + b[4] * x * y + b[5] * y * y)
            by_x += g * (b[1] + 2 * b[3] * x + b[4] * y)
            by_y += g * (b[2] + b[4] * x + 2 * b[5] * y)
        slope[3 * i] = by_flux / variance + rate
        slope[3 * i + 1] = f * by_x / variance
        slope[3 * i + 2] = f * by_y / variance
    return float(value / variance + rate * total)


@compiled_in_order
def metric(information: Floats, members: Indices, variance: float) -> Floats:
    """Return the Cholesky factor of the Fisher information of (flux, x, y) of some sources, the others held."""
    n = members.size
    out = np.empty((3 * n, 3 * n))
    for i in range(n):
        for j in range(n):
            for p in range(3):
                for q in range(3):
                    out[3 * i + p, 3 * j + q] = information[3 * members[i] + p, 3 * members[j] + q] / variance
    for i in range(3 * n):
        out[i, i] = out[i, i] * (1 + RIDGE) + (PATCH if i % 3 else 0.0)
    return np.linalg.cholesky(out)


@compiled_in_order
def solve_lower(root: Floats, vector: Floats) -> None:
    """Replace a vector by ``root^-1 vector``, root lower triangular."""
    for i in range(vector.size):
        for j in range(i):
            vector[i] -= root[i, j] * vector[j]
        vector[i] /= root[i, i]


@compiled_in_order
def solve_upper(root: Floats, vector: Floats) -> None:
    """Replace a vector by ``root^-T vector``, root lower triangular."""
    for i in range(vector.size - 1, -1, -1):
        for j in range(i + 1, vector.size):
            vector[i] -= root[j, i] * vector[j]
        vector[i] /= root[i, i]
