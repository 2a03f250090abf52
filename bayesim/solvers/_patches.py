"""Patches: the small regions in which candidates may move, and the nodes between which the PSF is quadratic."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.directions import Directions
from bayesim.solvers._points import Points

__all__ = ["NODES", "REACH", "corners", "patches"]

Floats = NDArray[np.float64]

REACH = 3.5
"""Radius of a patch in standard deviations of the position: a Gaussian leaves 0.2 % outside."""

_RING = 2.5
"""Radius of the ring of nodes in the same unit."""

_ANGLES = 2 * np.pi * np.arange(5) / 5
NODES = np.vstack([np.zeros((1, 2)), _RING * np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])])
"""Centre and regular pentagon, shape (6, 2): the six points that fix a quadratic in two coordinates."""

_WIDEST = 0.15
"""Standard deviation of a position in beams, at most: a quadratic follows the PSF over 3.5 of these to 5 %."""

_FROZEN = 1e-9
"""Smallest factor by which a patch at the edge of the field shrinks: such a position is as good as fixed."""


def patches(directions: Directions, centres: Points, covariance: Floats) -> Floats:
    """Return Cholesky factors of position covariances, cut to the beam and to the field, shape (k, 2, 2)."""
    return _inside(np.linalg.cholesky(_bounded(covariance, directions.metric)), centres, directions)


def corners(centres: Points, spread: Floats) -> tuple[Floats, Floats]:
    """Return l and m of all nodes, shape (6 k,) each."""
    moved = np.einsum("kij,nj->kni", spread, NODES)
    l, m = ((at[:, None] + moved[..., i]).ravel() for i, at in enumerate((centres.l, centres.m)))
    return l, m


def _inside(spread: Floats, points: Points, directions: Directions) -> Floats:
    """Shrink what would put a node outside the field, where neither residual nor kernel is known."""
    grid = directions.grid
    room = [np.minimum(x - axis.min(), axis.max() - x) for x, axis in ((points.l, grid.l), (points.m, grid.m))]
    reach = _RING * np.sqrt(np.einsum("kij,kij->ki", spread, spread))
    factor = np.min(np.stack(room, axis=1) / reach, axis=1, initial=1.0)
    return np.asarray(spread * np.maximum(factor, _FROZEN)[:, None, None])


def _bounded(covariance: Floats, metric: Floats) -> Floats:
    """Cut the principal axes, seen in beams, to what the interpolation can follow."""
    values, axes = np.linalg.eigh(metric @ covariance @ metric.T)
    axes = np.linalg.inv(metric) @ axes
    return np.asarray((axes * np.minimum(values, _WIDEST**2)[:, None, :]) @ axes.transpose(0, 2, 1))
