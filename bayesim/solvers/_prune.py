"""Sources that the data do not ask for leave, the least wanted first, the others making up for each."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.directions import Directions
from bayesim.solvers._points import Points

__all__ = ["pruned"]

Floats = NDArray[np.float64]

_REACH = 0.3
"""Beams that a neighbour may move to make up for a source."""

_NEIGHBOURHOOD = 1.5
"""Beams round a removed source within which no other is removed at the same time."""


def pruned(directions: Directions, points: Points, score: Floats, *, sigmas: float, positive: bool) -> Points:
    """Remove sources while the energy would rise by less than ``sigmas**2``.

    What a removal costs is computed for the best response of all other sources, in flux and in position, to first
    order (backward elimination with Wald's statistic): for an isolated source the square of its signal-to-noise
    ratio; for one of a close pair what the pair says beyond its centroid, so this is also what merges.

    Parameters
    ----------
    directions : Directions
        The data fit.
    points : Points
        Sources near a minimum.
    score : ndarray, shape (3, k)
        Gradient there.
    sigmas : float
        Smallest significance that stays.
    positive : bool
        Whether negative fluxes leave in any case.
    """
    k = points.size
    information = directions.information(*points)
    # first order holds for small moves only: neighbours that would have to go far cannot make up for a source
    reach = np.diag(directions.metric.T @ directions.metric) / _REACH**2
    information.flat[:: 3 * k + 1] += np.repeat(np.concatenate([[0.0], reach]), k)
    covariance = np.linalg.inv(information)
    values = np.concatenate(points) + covariance @ score.ravel()
    alive = np.ones(k, dtype=bool)
    settled = np.zeros(k, dtype=bool)
    places = points.in_beams(directions.metric)
    columns = np.arange(k)[:, None] + k * np.arange(3)
    while alive.any():
        blocks = np.linalg.inv(covariance[columns[:, :, None], columns[:, None, :]][alive])
        flux = values[:k][alive]
        cost = flux**2 * blocks[:, 0, 0]
        if positive:
            cost = np.where(flux <= 0, -1.0, cost)
        cost = np.where(settled[alive], np.inf, cost)
        worst = int(np.argmin(cost))
        if cost[worst] >= sigmas**2:
            break
        source = np.flatnonzero(alive)[worst]
        gain = covariance[:, columns[source]] @ blocks[worst]
        values = values - gain[:, 0] * values[source]
        covariance = covariance - gain @ covariance[columns[source]]
        alive[source] = False
        # first order holds for one removal in a neighbourhood: the next waits until its neighbours have moved
        settled |= np.hypot(*(places - places[source]).T) < _NEIGHBOURHOOD
    if alive.all():
        return points
    flux = values[:k][alive]
    kept = points.take(alive)
    # fluxes follow at once, positions wait for the next slide: first order is not good enough for them
    return Points(np.where(flux * kept.flux > 0, flux, kept.flux), kept.l, kept.m)
