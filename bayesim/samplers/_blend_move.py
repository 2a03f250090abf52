"""A joint move of blended sources: fluxes and positions of neighbours together, by Hamiltonian steps."""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.samplers._blend_energy import PATCH, RIDGE, metric, place, potential, solve_lower, solve_upper
from bayesim.samplers._exchange import exchange
from bayesim.samplers._source_sweep import BASIS, shift

__all__ = ["Blends"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_OVERLAP = 0.1
"""Correlation above which two sources are neighbours, of fluxes or places: below, one at a time mixes well."""

_EXCHANGES = 4
"""Rounds of exchanges to one of moves: they cost a tenth of it, and double the smallest effective sample size of the
demo, whose extended source is many candidates."""

_MOST = 6
"""Sources of a block: it costs as much as that many single moves."""

_STEPS, _STEP = 3, 0.5
"""Leapfrog steps and their length in standard deviations: a quarter turn of a Gaussian."""


class Blends:
    """Blocks of neighbours, and the metric in which they move.

    The metric is the Fisher information of the block's fluxes and positions, all others held, at the fit. It is the
    same wherever the chain is, so that the move is reversible.

    Parameters
    ----------
    gram : ndarray, shape (6 k, 6 k)
        Between nodes, 1/Jy^2.
    typical : ndarray, shape (k,)
        Flux in Jy at which the metric is made, positive.
    log_area : ndarray, shape (k,)
        As of :func:`bayesim.samplers._source_sweep.sweep`.
    variance : float
        Of the noise, in units of that of the weights: about what the chain will find.
    """

    def __init__(self, gram: Floats, typical: Floats, log_area: Floats, *, variance: float) -> None:
        self._gram, self._variance = gram, variance
        self._columns = _columns(typical)
        self._information = self._columns.T @ (gram @ self._columns)
        overlap = _overlap(self._loaded())
        order = np.argsort(-overlap, axis=1, kind="stable")[:, :_MOST]
        near = np.take_along_axis(overlap, order, axis=1) > _OVERLAP
        self._blocks = np.ascontiguousarray(np.where(near, order, -1)[near.sum(axis=1) > 1])
        own = np.abs(self._information[::3, ::3])
        size = np.sqrt(np.diag(own))
        self._pairs = np.argwhere(np.triu(own > _OVERLAP * size[:, None] * size, k=1))
        self._log_area = log_area

    def _loaded(self) -> Floats:
        """Return the information with that of the patches, which bound positions that the data do not tell."""
        own = np.diag(self._information)
        place = np.arange(own.size) % 3 > 0
        # behind a wide background nothing may be left of a source but rounding, of either sign
        least = np.where(place, PATCH * self._variance, 0.0) + RIDGE * np.abs(own)
        return np.asarray(self._information + np.diag(least + np.maximum(-own, 0.0)))

    def stepped(self, pull: Floats, fitted: NDArray[np.bool_]) -> Floats:
        """Return the Gauss-Newton step of (flux, x, y) from the fit, shape (k, 3): zero for what is not fitted.

        Parameters
        ----------
        pull : ndarray, shape (6 k,)
            Residual of the fit at the nodes in 1/Jy.
        fitted : ndarray of bool, shape (k,)
            Sources of the fit.
        """
        out = np.zeros((fitted.size, 3))
        some = np.flatnonzero(np.repeat(fitted, 3))
        out.ravel()[some] = np.linalg.solve(self._loaded()[np.ix_(some, some)], (self._columns.T @ pull)[some])
        return out

    def move(
        self, rng: np.random.Generator, residual: Floats, flux: Floats, z: Floats, variance: float, rate: float
    ) -> None:
        """Exchange neighbours and move every block once; arguments as of the sweep, changed in place."""
        if len(self._blocks):
            for _ in range(_EXCHANGES):
                exchange(rng, self._gram, BASIS, self._log_area, self._pairs, residual, flux, z, variance, rate)
            _move(rng, self._gram, BASIS, self._information, self._blocks, residual, flux, z, variance, rate)


def _overlap(information: Floats) -> Floats:
    """Return the largest correlation of any (flux, x, y) of two sources with one another, 2 with themselves."""
    size = np.sqrt(np.diag(information))
    k = len(size) // 3
    correlation = np.abs(information / size[:, None] / size).reshape(k, 3, k, 3).max(axis=(1, 3))
    np.fill_diagonal(correlation, 2.0)
    return np.asarray(correlation)


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
    for wanted in blocks:
        members = wanted[wanted >= 0]
        members = members[flux[members] > 0.0]
        n = members.size
        # a source that is absent has no block of its own; alone, the sweep has drawn it already
        if n < 2 or members[0] != wanted[0]:
            continue
        block, pull, state = np.empty((6 * n, 6 * n)), np.empty(6 * n), np.empty((n, 3))
        _gather(gram, residual, flux, z, members, block, pull, state)
        before, nodes = np.empty(6 * n), np.empty(6 * n)
        place(basis, state, before)
        pull += block @ before
        root = metric(information, members, variance)
        if _walk(rng, basis, block, pull, root, state, nodes, variance, rate):
            for i in range(n):
                a = members[i]
                flux[a], z[a, 0], z[a, 1] = state[i]
                shift(gram, residual, 6 * a, nodes[6 * i : 6 * i + 6] - before[6 * i : 6 * i + 6])


@compiled_in_order
def _gather(
    gram: Floats,
    residual: Floats,
    flux: Floats,
    z: Floats,
    members: Indices,
    block: Floats,
    pull: Floats,
    state: Floats,
) -> None:
    """Copy what concerns the members."""
    for i in range(members.size):
        a = members[i]
        state[i, 0], state[i, 1], state[i, 2] = flux[a], z[a, 0], z[a, 1]
        pull[6 * i : 6 * i + 6] = residual[6 * a : 6 * a + 6]
        for j in range(members.size):
            b = members[j]
            block[6 * i : 6 * i + 6, 6 * j : 6 * j + 6] = gram[6 * a : 6 * a + 6, 6 * b : 6 * b + 6]


@compiled_in_order
def _walk(
    rng: Any,
    basis: Floats,
    block: Floats,
    pull: Floats,
    root: Floats,
    state: Floats,
    nodes: Floats,
    variance: float,
    rate: float,
) -> bool:
    """Walk a quarter turn from ``state``, in place, with ``nodes``; return whether it is accepted (Neal 2011)."""
    slope, speed = np.empty(state.size), np.empty(state.size)
    for i in range(speed.size):
        speed[i] = rng.standard_normal()
    step = _STEP * (0.7 + 0.6 * rng.random())
    place(basis, state, nodes)
    energy = potential(basis, block, pull, state, nodes, variance, rate, slope) + 0.5 * np.dot(speed, speed)
    for _ in range(_STEPS):
        solve_lower(root, slope)
        speed -= 0.5 * step * slope
        change = step * speed
        solve_upper(root, change)
        state += change.reshape(state.shape)
        if not place(basis, state, nodes):
            return False
        after = potential(basis, block, pull, state, nodes, variance, rate, slope)
        kick = slope.copy()
        solve_lower(root, kick)
        speed -= 0.5 * step * kick
    return bool(math.log1p(-rng.random()) < energy - after - 0.5 * np.dot(speed, speed))
