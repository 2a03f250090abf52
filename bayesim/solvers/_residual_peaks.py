"""Sources that the residual still shows."""

import numpy as np
import scipy  # its parts are imported on first use, and a mode on the grid needs no scipy.spatial
from numpy.typing import NDArray

from bayesim.operators._continuous import ContinuousResidual
from bayesim.operators.directions import Directions
from bayesim.solvers._points import Points

__all__ = ["residual_peaks"]

Floats = NDArray[np.float64]

_CANDIDATE = 0.6
"""A peak is looked at from this fraction of the level on: beside a source the fit has already eaten part of it."""

_FREE = 0.02
"""Fraction of a peak's information that the sources must leave: closer to them there is nothing to tell."""

_PIXEL = 0.5
"""Length in pixels, at most, of a step from a pixel to the extreme near it."""

_APART = 1.0
"""Beams between two sources that enter together; the others come in the next round."""


def residual_peaks(
    directions: Directions,
    points: Points,
    residual: ContinuousResidual,
    *,
    level: float,
    covariance: Floats,
    positive: bool,
) -> Points:
    """Return new sources at maxima of the residual that the present sources cannot explain.

    A maximum's significance is Rao's score statistic: its height over the standard deviation that it has *after* all
    fluxes and positions were fitted, which beside a source is well below that of the empty sky.

    Parameters
    ----------
    directions : Directions
        The data fit.
    points : Points
        Present sources, at a minimum.
    residual : ContinuousResidual
        Theirs, in 1/Jy without the response.
    level : float
        Smallest significance.
    covariance : ndarray, shape (3 k, 3 k)
        Of the present sources.
    positive : bool
        Whether only positive maxima count.
    """
    total = directions.vis.sum_weight
    floor = _CANDIDATE * level * np.sqrt(total)
    l, m, height = _summits(residual, floor, positive=positive)
    free = np.full(l.size, 1.0)
    if points.size and l.size:
        overlap = directions.overlap((l, m), *points)
        free = 1 - np.sum(overlap @ covariance * overlap, axis=1) / total
    good = free > _FREE
    significance = np.where(good, np.abs(height) / np.sqrt(np.maximum(free, _FREE) * total), 0.0)
    response = directions.sensitivity(l, m).value
    kept = (significance > level) & (response != 0)
    flux = height[kept] / (response[kept] * total * np.maximum(free[kept], _FREE))
    found = Points(flux, l[kept], m[kept])
    order = np.argsort(-significance[kept])
    return _apart(found.take(order), directions.metric)


def _summits(residual: ContinuousResidual, floor: float, *, positive: bool) -> tuple[Floats, Floats, Floats]:
    """Return l, m and height of the extremes beyond the floor, found among pixels and moved between them."""
    indices, heights = residual.maxima(floor)
    indices = indices[heights > floor]
    if not positive:
        low, depths = residual.minima(-floor)
        indices = np.concatenate([indices, low[depths < -floor]])
    grid = residual.grid
    reach = _PIXEL * grid.cell
    l, m = residual.summit(*grid.directions(indices), sign=np.sign(residual.at(indices)), reach=(reach, reach))
    return l, m, residual.value(l, m)


def _apart(points: Points, metric: Floats) -> Points:
    """Keep the sources, given in order of rank, that have no better one within a beam."""
    if not points.size:
        return points
    tree = scipy.spatial.cKDTree(points.in_beams(metric))
    lost = np.zeros(points.size, dtype=bool)
    for i, near in enumerate(tree.query_ball_point(points.in_beams(metric), _APART)):
        if not lost[i]:
            lost[[j for j in near if j > i]] = True
    return points.take(~lost)
