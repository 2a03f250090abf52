"""Duality gap of the LASSO from the residual image alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations, Residual
from bayesim.priors import Prior, fixed_rate

__all__ = ["Optimality", "crests", "lambda_max", "optimality"]

Floats = NDArray[np.float64]


class Optimality(NamedTuple):
    """How good a sky is."""

    objective: float
    """``1/2 ||y - A x||_W^2 + penalty``."""
    gap: float
    """Duality gap, an upper bound on the objective's distance to its minimum."""
    max_certificate: float
    """Largest value of the dual certificate."""


def optimality(residual: Residual, prior: Prior, values: Floats, gradient: Floats) -> Optimality:
    """Return objective, gap and largest certificate of a sky.

    Parameters
    ----------
    residual : Residual
        Exact residual of the sky.
    prior : Prior
        An l1 penalty: its dual feasible set is ``certificate <= 1``.
    values : ndarray, shape (k,)
        Non-zero pixels in Jy.
    gradient : ndarray, shape (k,)
        The residual image at these pixels in 1/Jy.

    Notes
    -----
    The dual point is the residual scaled by ``s = min(1, 1/max eta)`` into the feasible set (Fercoq, Gramfort &
    Salmon 2015, arXiv:1505.03410, section 2). Written as ``1/2 (1-s)^2 r'Wr + penalty - s x'c`` the gap has no
    cancellation between primal and dual values.
    """
    penalty = prior.value(values)
    _, certificate = crests(residual, prior)
    peak = float(certificate.max())
    scale = min(1.0, 1.0 / peak) if peak > 0 else 1.0
    gap = 0.5 * (1 - scale) ** 2 * residual.energy + penalty - scale * float(values @ gradient)
    return Optimality(0.5 * residual.energy + penalty, gap, peak)


def crests(residual: Residual, prior: Prior) -> tuple[NDArray[np.int64], Floats]:
    """Return flat indices and certificates of the pixels where the certificate has a local maximum of 1 or more.

    The pixel of its largest value is among them in any case. The certificate of a pixel grows with the absolute
    value of the gradient, so its maxima are the gradient's, and its minima too where negative pixels are allowed.
    """
    rate = fixed_rate(prior)
    indices, values = residual.maxima(rate)
    if prior.certificate(np.array([-1.0]))[0] > 0:
        below, low = residual.minima(-rate)
        indices, values = np.append(indices, below), np.append(values, low)
    return indices, prior.certificate(values)


def lambda_max(equations: NormalEquations, prior: Prior) -> float:
    """Return the smallest rate (1/Jy) at which the empty sky is optimal, without making an image.

    Parameters
    ----------
    equations : NormalEquations
        The data.
    prior : Prior
        An l1 penalty of any fixed rate.
    """
    empty = equations.residual(np.empty(0, dtype=np.int64), np.empty(0))
    return prior.lambda_max(np.append(empty.maxima(np.inf)[1], empty.minima(-np.inf)[1]))
