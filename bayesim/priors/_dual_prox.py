"""Prox of a norm of linear features of the image, ``|D x|``, through its dual; shared by analysis priors."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Analysis", "Bound", "dual_bound", "dual_prox"]

Floats = NDArray[np.float64]

_CHECK = 10
"""Steps between two duality gaps."""


class Analysis(Protocol):
    """A linear map ``D`` to planes of features, and the norm that sums their sizes."""

    @property
    def bound(self) -> float:
        """At least the largest eigenvalue of ``D' D``."""

    def features(self, x: Floats) -> Floats:
        """Return ``D x``, shape (planes, rows, columns)."""

    def gathered(self, field: Floats) -> Floats:
        """Return ``D' field``, shape (rows, columns)."""

    def sizes(self, field: Floats) -> Floats:
        """Return the sizes that the norm sums; a dual field is feasible where none exceeds 1."""

    def projected(self, field: Floats) -> Floats:
        """Return the nearest feasible dual field."""

    def inverse(self, image: Floats) -> Floats:
        """Return ``(D' D)^-1 image``, the constant left out."""


class Bound(NamedTuple):
    """A dual field for a gradient."""

    scale: float
    """Largest factor, at most 1, that makes it feasible."""
    sizes: Floats
    """Sizes of the field before scaling."""


def dual_prox(
    x: Floats, t: float, dual: Floats, analysis: Analysis, *, precision: float, most: int
) -> tuple[Floats, Floats]:
    """Return the minimiser of ``1/2 ||z - x||^2 + t |D z|`` and its dual field.

    Accelerated projected gradient with restart on ``min_p 1/2 ||x - t D'p||^2`` over feasible fields (Beck & Teboulle
    2009, IEEE TIP 18, 2419).

    Parameters
    ----------
    x : ndarray, shape (rows, columns)
        Any unit.
    t : float
        Positive.
    dual : ndarray, shape (planes, rows, columns)
        Feasible field to start from.
    analysis : Analysis
        ``D`` and its norm.
    precision : float
        Duality gap relative to the objective, at which to stop.
    most : int
        Steps at most.
    """
    p, lead, momentum = dual, dual, 1.0
    z = x - t * analysis.gathered(p)
    for count in range(most):
        if count % _CHECK == 0:
            features = analysis.features(z)
            total = float(analysis.sizes(features).sum())
            gap = t * (total - float(np.vdot(p, features)))
            if gap <= precision * (1e-300 + 0.5 * np.sum((z - x) ** 2) + t * total):
                break
        new = analysis.projected(lead + analysis.features(x - t * analysis.gathered(lead)) / (analysis.bound * t))
        if np.vdot(lead - new, new - p) > 0:
            lead, momentum = p, 1.0
            new = analysis.projected(lead + analysis.features(z) / (analysis.bound * t))
        after = 0.5 * (1 + np.sqrt(1 + 4 * momentum**2))
        lead, p, momentum = new + (momentum - 1) / after * (new - p), new, after
        z = x - t * analysis.gathered(p)
    return np.asarray(z), p


def dual_bound(gradient: Floats, dual: Floats, analysis: Analysis) -> Bound:
    """Return a field ``p`` near ``dual`` with ``D'p = gradient - mean``: its sizes, and the scale to feasibility."""
    left = gradient - analysis.gathered(dual)
    sizes = analysis.sizes(dual + analysis.features(analysis.inverse(left)))
    return Bound(min(1.0, 1.0 / max(float(sizes.max()), 1e-300)), sizes)
