"""An exchange of neighbours, compiled: the source near one candidate moves to another that is empty."""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.samplers._one_flux import positive_normal
from bayesim.samplers._source_sweep import conditional, interpolation, log_proposal, propose, shift

__all__ = ["exchange"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@compiled_in_order
def exchange(
    rng: Any,
    gram: Floats,
    basis: Floats,
    log_area: Floats,
    pairs: Indices,
    residual: Floats,
    flux: Floats,
    z: Floats,
    variance: float,
    rate: float,
) -> None:
    """Offer every pair of which one is empty to change places, in place.

    One source for two candidates that overlap is hardly ever lost and found one at a time: in between the data miss
    a source. Both sides are compared with both empty, fluxes integrated out; arguments as of
    :func:`~bayesim.samplers._source_sweep.sweep`, ``pairs`` of shape (pairs, 2).
    """
    c, trial = np.empty(6), np.empty(6)
    for a, b in pairs:
        if (flux[a] > 0.0) == (flux[b] > 0.0):
            continue
        here, there = (a, b) if flux[a] > 0.0 else (b, a)
        i, j = 6 * here, 6 * there
        interpolation(basis, z[here, 0], z[here, 1], c)
        nodes = c * flux[here]
        own, other = gram[i : i + 6, i : i + 6].copy(), gram[j : j + 6, j : j + 6].copy()
        at_here = residual[i : i + 6] + own @ nodes
        at_there = residual[j : j + 6] + gram[j : j + 6, i : i + 6].copy() @ nodes
        x, y = propose(rng)
        interpolation(basis, x, y, trial)
        _, _, before = conditional(at_here, own, c, variance, rate)
        mean, sd, after = conditional(at_there, other, trial, variance, rate)
        gain = log_area[there] + after - log_proposal(x, y)
        gain -= log_area[here] + before - log_proposal(z[here, 0], z[here, 1])
        if math.log1p(-rng.random()) < gain:
            new = positive_normal(rng, mean, sd)
            shift(gram, residual, i, -nodes)
            shift(gram, residual, j, trial * new)
            flux[here], flux[there] = 0.0, new
            z[there, 0], z[there, 1] = x, y
