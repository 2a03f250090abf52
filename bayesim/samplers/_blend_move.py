"""A joint move of blended sources: fluxes and positions of a source and its neighbours by Hamiltonian steps, compiled."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.samplers._source_sweep import BASIS, interpolation
from bayesim.solvers.candidates import REACH, Candidates

__all__ = ["Blends"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_OVERLAP = 0.1
"""Correlation of two sources' columns above which they are neighbours: below, one at a time mixes in a step or two."""

_MOST = 8
"""Sources of a block: it costs as much as that many single moves."""

_STEPS, _STEP = 5, 0.32
"""Leapfrog steps and their length in standard deviations: a quarter turn of a Gaussian."""


class Blends:
    """Blocks of neighbours, and the metric in which they move.

    The metric is the Fisher information of the block's fluxes and positions, all others held, at the fit. It is the
    same wherever the chain is, so that the move is reversible.

    Parameters
    ----------
    candidates : Candidates
        The likelihood.
    typical : ndarray, shape (k,)
        Flux in Jy at which the metric is made, positive.
    """

    def __init__(self, candidates: Candidates, typical: Floats) -> None:
        self._gram = candidates.gram
        own = candidates.gram[::6, ::6]
        size = np.sqrt(np.diag(own))
        overlap = np.abs(own / size[:, None] / size)
        np.fill_diagonal(overlap, 2.0)
        order = np.argsort(-overlap, axis=1, kind="stable")[:, :_MOST]
        near = np.take_along_axis(overlap, order, axis=1) > _OVERLAP
        self._blocks = np.ascontiguousarray(np.where(near, order, -1)[near.sum(axis=1) > 1])
        columns = _columns(typical)
        self._information = columns.T @ (candidates.gram @ columns)

    def move(
        self, rng: np.random.Generator, residual: Floats, flux: Floats, z: Floats, variance: float, rate: float
    ) -> None:
        """Move every block once, in place; arguments as of :func:`bayesim.samplers._source_sweep.sweep`."""
        if len(self._blocks):
            _move(rng, self._gram, BASIS, self._information, self._blocks, residual, flux, z, variance, rate)


def _columns(typical: Floats) -> Floats:
    """Return what node fluxes gain from a unit of (flux, x, y) of each source at its centre, shape (6 k, 3 k)."""
    k = typical.size
    out = np.zeros((k, 6, k, 3))
    each = np.arange(k)
    out[each, :, each, 0] = BASIS[:, 0]
    for i in (1, 2):
        out[each, :, each, i] = typical[:, None] * BASIS[:, i]
    return out.reshape(6 * k, 3 * k)


@compiled_in_order
def _potential(
    basis: Floats,
    block: Floats,
    pull: Floats,
    state: Floats,
    variance: float,
    rate: float,
    nodes: Floats,
    slope: Floats,
) -> float:
    """Return minus the log-density of a block and write its slope; infinite outside the prior."""
    n, c = len(state), np.empty(6)
    for i in range(n):
        f, x, y = state[i]
        if f <= 0.0 or x * x + y * y >= REACH * REACH:
            return math.inf
        interpolation(basis, x, y, c)
        nodes[6 * i : 6 * i + 6] = c * f
    force = block @ nodes
    value = 0.5 * np.dot(nodes, force) - np.dot(nodes, pull)
    force -= pull
    total = 0.0
    for i in range(n):
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
    return value / variance + rate * total


@compiled_in_order
def _metric(information: Floats, members: Indices, variance: float) -> Floats:
    """Return the Cholesky factor of the Fisher information of (flux, x, y) of the members."""
    n = members.size
    out = np.empty((3 * n, 3 * n))
    for i in range(n):
        for j in range(n):
            for p in range(3):
                for q in range(3):
                    out[3 * i + p, 3 * j + q] = information[3 * members[i] + p, 3 * members[j] + q] / variance
    for i in range(3 * n):
        # a position is also bounded by its patch, and no two columns may look alike
        out[i, i] = out[i, i] * (1 + 1e-6) + (0.1 if i % 3 else 0.0)
    return np.linalg.cholesky(out)


@compiled_in_order
def _solve_lower(root: Floats, vector: Floats) -> None:
    for i in range(vector.size):
        for j in range(i):
            vector[i] -= root[i, j] * vector[j]
        vector[i] /= root[i, i]


@compiled_in_order
def _solve_upper(root: Floats, vector: Floats) -> None:
    for i in range(vector.size - 1, -1, -1):
        for j in range(i + 1, vector.size):
            vector[i] -= root[j, i] * vector[j]
        vector[i] /= root[i, i]


@compiled_in_order
def _move(
    rng: Any,
    gram: Floats,
    basis: Floats,
    information: Floats,
    blocks: Indices,
    residual: Floats,
    flux: Floats,
    z: Floats,
    variance: float,
    rate: float,
) -> None:
    for row in range(len(blocks)):
        wanted = blocks[row]
        members = wanted[wanted >= 0]
        members = members[flux[members] > 0.0]
        n = members.size
        # a source that is absent has no block of its own; alone, the sweep has drawn it already
        if n < 2 or members[0] != wanted[0]:
            continue
        block, pull = np.empty((6 * n, 6 * n)), np.empty(6 * n)
        state, nodes, slope = np.empty((n, 3)), np.empty(6 * n), np.empty(3 * n)
        for i in range(n):
            a = members[i]
            state[i, 0], state[i, 1], state[i, 2] = flux[a], z[a, 0], z[a, 1]
            pull[6 * i : 6 * i + 6] = residual[6 * a : 6 * a + 6]
            for j in range(n):
                b = members[j]
                block[6 * i : 6 * i + 6, 6 * j : 6 * j + 6] = gram[6 * a : 6 * a + 6, 6 * b : 6 * b + 6]
        c = np.empty(6)
        for i in range(n):
            interpolation(basis, state[i, 1], state[i, 2], c)
            nodes[6 * i : 6 * i + 6] = c * state[i, 0]
        before = nodes.copy()
        pull += block @ before
        root = _metric(information, members, variance)
        speed = np.empty(3 * n)
        for i in range(3 * n):
            speed[i] = rng.standard_normal()
        step = _STEP * (0.7 + 0.6 * rng.random())
        energy = _potential(basis, block, pull, state, variance, rate, nodes, slope) + 0.5 * np.dot(speed, speed)
        for _ in range(_STEPS):
            _solve_lower(root, slope)
            speed -= 0.5 * step * slope
            change = step * speed
            _solve_upper(root, change)
            state += change.reshape(n, 3)
            potential = _potential(basis, block, pull, state, variance, rate, nodes, slope)
            if potential == math.inf:
                break
            kick = slope.copy()
            _solve_lower(root, kick)
            speed -= 0.5 * step * kick
        if potential == math.inf:
            continue
        if math.log1p(-rng.random()) >= energy - potential - 0.5 * np.dot(speed, speed):
            continue
        for i in range(n):
            a = members[i]
            flux[a], z[a, 0], z[a, 1] = state[i, 0], state[i, 1], state[i, 2]
            for k in range(6):
                change_here = nodes[6 * i + k] - before[6 * i + k]
                across = gram[6 * a + k]
                for h in range(residual.size):
                    residual[h] -= change_here * across[h]
