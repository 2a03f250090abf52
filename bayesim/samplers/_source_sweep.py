"""One Gibbs sweep over candidate sources, compiled: position, presence and flux of each, given all others."""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.samplers._one_flux import positive_normal, single
from bayesim.solvers.candidates import NODES, REACH

__all__ = [
    "BASIS",
    "conditional",
    "interpolation",
    "log_proposal",
    "propose",
    "shift",
    "sweep",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WIDE = 1.1
"""Standard deviation of position proposals in those of the Fisher matrix: the target must not have heavier tails."""

_NEAR = 1.2
"""Standard deviation of steps to places nearby; the best for a Gaussian of unit width is 1.7."""

_LOG_PROPOSAL = -math.log(2 * math.pi * _WIDE**2 * (1 - math.exp(-0.5 * (REACH / _WIDE) ** 2)))


def _monomials(z: Floats) -> Floats:
    x, y = z[:, 0], z[:, 1]
    return np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])


BASIS = np.ascontiguousarray(np.linalg.inv(_monomials(NODES)).T)
"""Row ``n``: coefficients of (1, x, y, x^2, x y, y^2) of the quadratic that is 1 at node ``n``, 0 at the others."""


@compiled_in_order
def propose(rng: Any) -> tuple[float, float]:
    """Draw a position inside the patch."""
    while True:
        x, y = _WIDE * rng.standard_normal(), _WIDE * rng.standard_normal()
        if x * x + y * y < REACH * REACH:
            return x, y


@compiled_in_order
def log_proposal(x: float, y: float) -> float:
    """Return the log-density of :func:`propose`."""
    return _LOG_PROPOSAL - 0.5 * (x * x + y * y) / _WIDE**2


@compiled_in_order
def interpolation(basis: Floats, x: float, y: float, out: Floats) -> None:
    """Write the weights of the six nodes for a source at ``(x, y)``."""
    for n in range(6):
        b = basis[n]
        out[n] = b[0] + b[1] * x + b[2] * y + b[3] * x * x + b[4] * x * y + b[5] * y * y


@compiled_in_order
def conditional(pull: Floats, block: Floats, c: Floats, variance: float, rate: float) -> tuple[float, float, float]:
    """Return what :func:`single` does for a source with node weights ``c``."""
    p, q = 0.0, 0.0
    for n in range(6):
        p += c[n] * pull[n]
        for k in range(6):
            q += c[n] * block[n, k] * c[k]
    return single(p, max(q, 1e-12 * block[0, 0]), variance, rate)


@compiled_in_order
def _relocated(
    rng: Any, basis: Floats, pull: Floats, block: Floats, x: float, y: float, variance: float, rate: float
) -> tuple[float, float]:
    """Move a source that is there: to a place anywhere in its patch, then to one nearby (Metropolis steps)."""
    c = np.empty(6)
    interpolation(basis, x, y, c)
    here = conditional(pull, block, c, variance, rate)[2]
    for anywhere in (True, False):
        if anywhere:
            trial_x, trial_y = propose(rng)
        else:
            # where the fit is off centre, places drawn about the centre are hardly ever taken
            trial_x, trial_y = x + _NEAR * rng.standard_normal(), y + _NEAR * rng.standard_normal()
            if trial_x * trial_x + trial_y * trial_y >= REACH * REACH:
                continue
        interpolation(basis, trial_x, trial_y, c)
        there = conditional(pull, block, c, variance, rate)[2]
        gain = there - here
        if anywhere:
            gain += log_proposal(x, y) - log_proposal(trial_x, trial_y)
        if math.log1p(-rng.random()) < gain:
            x, y, here = trial_x, trial_y, there
    return x, y


@compiled_in_order
def shift(gram: Floats, residual: Floats, first: int, change: Floats) -> None:
    """Take the six node fluxes that were added from ``first`` on out of the residual."""
    for n in range(6):
        row = gram[first + n]
        for k in range(residual.size):
            residual[k] -= change[n] * row[k]


@compiled_in_order
def sweep(
    rng: Any,
    gram: Floats,
    basis: Floats,
    log_area: Floats,
    residual: Floats,
    flux: Floats,
    z: Floats,
    inclusion: Floats,
    variance: float,
    rate: float,
    density: float,
) -> None:
    """Draw every candidate in turn, in place.

    Parameters
    ----------
    rng : Generator
        Random numbers.
    gram : ndarray, shape (6 k, 6 k)
        Between nodes, 1/Jy^2, symmetric.
    basis : ndarray, shape (6, 6)
        :data:`BASIS`.
    log_area : ndarray, shape (k,)
        Logarithm of the solid angle of a unit of ``z``, in steradian.
    residual : ndarray, shape (6 k,)
        Of the present sources at the nodes, 1/Jy; kept up to date.
    flux, z : ndarray, shape (k,) and (k, 2)
        Jy, 0 where there is no source; position in standard deviations.
    inclusion : ndarray, shape (k,)
        Filled with the probability of each source given all else.
    variance : float
        Square of the noise scale.
    rate, density : float
        1/Jy and sources per steradian.

    Notes
    -----
    The flux is integrated out while position and presence are drawn. An absent source draws its position from the
    proposal, its pseudo-prior (Carlin & Chib 1995, JRSS B 57, 473), so that the odds of presence are those of the
    model whatever the proposal is.
    """
    pull, c, trial = np.empty(6), np.empty(6), np.empty(6)
    for j in range(flux.size):
        first = 6 * j
        block = gram[first : first + 6, first : first + 6]
        interpolation(basis, z[j, 0], z[j, 1], c)
        old = flux[j]
        for n in range(6):
            pull[n] = residual[first + n]
            for k in range(6):
                pull[n] += block[n, k] * c[k] * old
        if old > 0.0:
            x, y = _relocated(rng, basis, pull, block, z[j, 0], z[j, 1], variance, rate)
        else:
            x, y = propose(rng)
        interpolation(basis, x, y, trial)
        mean, sd, evidence = conditional(pull, block, trial, variance, rate)
        log_odds = math.log(density) + log_area[j] + evidence - log_proposal(x, y)
        inclusion[j] = 1.0 / (1.0 + math.exp(-min(max(log_odds, -700.0), 700.0)))
        new = positive_normal(rng, mean, sd) if rng.random() < inclusion[j] else 0.0
        z[j, 0], z[j, 1] = x, y
        flux[j] = new
        if new > 0.0 or old > 0.0:
            shift(gram, residual, first, trial * new - c * old)
