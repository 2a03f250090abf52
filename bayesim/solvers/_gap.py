"""Duality gap of the LASSO from the residual image alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import Residual
from bayesim.priors import Prior

__all__ = ["Optimality", "optimality"]

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
    peak = float(prior.certificate(residual.image).max())
    scale = min(1.0, 1.0 / peak) if peak > 0 else 1.0
    gap = 0.5 * (1 - scale) ** 2 * residual.energy + penalty - scale * float(values @ gradient)
    return Optimality(0.5 * residual.energy + penalty, gap, peak)
