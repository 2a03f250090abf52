"""Sources that the residual still shows."""

import numpy as np
import scipy  # its parts are imported on first use, and a mode on the grid needs no scipy.spatial
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.operators.directions import Directions
from bayesim.solvers._points import Points

__all__ = ["residual_peaks"]

Floats = NDArray[np.float64]

_CANDIDATE = 0.6
"""A peak is looked at from this fraction of the level on: beside a source the fit has already eaten part of it."""

_FREE = 0.02
"""Fraction of a peak's information that the sources must leave: closer to them there is nothing to tell."""

_APART = 1.0
"""Beams between two sources that enter together; the others come in the next round."""


def residual_peaks(
    directions: Directions, points: Points, image: Floats, *, level: float, covariance: Floats, positive: bool
) -> Points:
    """Return new sources at maxima of the residual image that the present sources cannot explain.

    A maximum's significance is Rao's score statistic: its height over the standard deviation that it has *after* all
    fluxes and positions were fitted, which beside a source is well below that of the empty sky.

    Parameters
    ----------
    directions : Directions
        The data fit.
    points : Points
        Present sources, at a minimum.
    image : ndarray, shape (rows, columns)
        Exact residual image in 1/Jy without the response.
    level : float
        Smallest significance.
    covariance : ndarray, shape (3 k, 3 k)
        Of the present sources.
    positive : bool
        Whether only positive maxima count.
    """
    grid, total = directions.grid, directions.vis.sum_weight
    height = image if positive else np.abs(image)
    crest = (height == ndimage.maximum_filter(height, size=3, mode="nearest")) & (
        height > _CANDIDATE * level * np.sqrt(total)
    )
    rows, columns = np.nonzero(crest)
    shift_row, shift_column, top = _parabola(height, rows, columns)
    l = np.clip(grid.l[columns] - shift_column * grid.cell, grid.l.min(), grid.l.max())
    m = np.clip(grid.m[rows] + shift_row * grid.cell, grid.m.min(), grid.m.max())
    free = np.full(l.size, 1.0)
    if points.size and l.size:
        overlap = directions.overlap((l, m), *points)
        free = 1 - np.sum(overlap @ covariance * overlap, axis=1) / total
    good = free > _FREE
    significance = np.where(good, top / np.sqrt(np.maximum(free, _FREE) * total), 0.0)
    response = directions.sensitivity(l, m).value
    kept = (significance > level) & (response != 0)
    sign = np.sign(image[crest])[kept]
    flux = sign * top[kept] / (response[kept] * total * np.maximum(free[kept], _FREE))
    found = Points(flux, l[kept], m[kept])
    order = np.argsort(-significance[kept])
    return _apart(found.take(order), directions.metric)


def _parabola(image: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Newton step from each maximum on the derivatives of its 3 x 3 pixels: shifts in pixels, and the top."""
    padded = np.pad(image, 1, mode="edge")
    near = padded[rows[:, None, None] + np.arange(3)[:, None], columns[:, None, None] + np.arange(3)]
    slope_r, slope_c = (near[:, 2, 1] - near[:, 0, 1]) / 2, (near[:, 1, 2] - near[:, 1, 0]) / 2
    rr = near[:, 2, 1] - 2 * near[:, 1, 1] + near[:, 0, 1]
    cc = near[:, 1, 2] - 2 * near[:, 1, 1] + near[:, 1, 0]
    rc = (near[:, 2, 2] - near[:, 2, 0] - near[:, 0, 2] + near[:, 0, 0]) / 4
    determinant = np.maximum(rr * cc - rc**2, 1e-12 * (rr**2 + cc**2) + 1e-300)
    shift_r = np.clip(-(cc * slope_r - rc * slope_c) / determinant, -0.7, 0.7)
    shift_c = np.clip(-(rr * slope_c - rc * slope_r) / determinant, -0.7, 0.7)
    return shift_r, shift_c, near[:, 1, 1] + (slope_r * shift_r + slope_c * shift_c) / 2


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
