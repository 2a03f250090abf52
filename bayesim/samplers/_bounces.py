"""A trajectory in a Gaussian that bounces off the zero of every pixel, exactly."""

import math

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order

__all__ = ["travel"]

Floats = NDArray[np.float64]

_AT_WALL = 1e-12
"""Distance, in standard deviations and means of a pixel, that counts as touching."""


@compiled_in_order
def _next_wall(s: Floats, q: Floats, mean: Floats, covariance: Floats, left: float) -> tuple[float, int]:
    """Return when and where ``mean + s cos t + q sin t`` next falls through zero, ``(left, -1)`` if it does not."""
    first, wall = left, -1
    for j in range(s.size):
        if q[j] < 0.0 and s[j] + mean[j] <= _AT_WALL * (math.sqrt(covariance[j, j]) + abs(mean[j])):
            return 0.0, j
        reach = math.sqrt(s[j] * s[j] + q[j] * q[j])
        if reach > abs(mean[j]):
            t = math.atan2(q[j], s[j]) + math.acos(-mean[j] / reach)
            if t < 0.0:
                t += 2.0 * math.pi
            if t < first:
                first, wall = t, j
    return first, wall


@compiled_in_order
def travel(x: Floats, mean: Floats, covariance: Floats, q: Floats, time: float) -> int:
    """Move an image along a trajectory of some length, in place, and return how often it bounced.

    ``q`` is the velocity, a draw of the Gaussian's covariance; kinetic energy ``q' covariance^-1 q / 2``, so that all
    directions swing in unison and a wall's reflection follows its column of the covariance.
    """
    s, left, bounces = x - mean, time, 0
    while True:
        step, wall = _next_wall(s, q, mean, covariance, left)
        cosine, sine = math.cos(step), math.sin(step)
        s, q = s * cosine + q * sine, q * cosine - s * sine
        if wall < 0:
            break
        left -= step
        bounces += 1
        push = 2.0 * q[wall] / covariance[wall, wall]
        for j in range(q.size):
            q[j] -= push * covariance[j, wall]
    for j in range(x.size):
        x[j] = max(s[j] + mean[j], 0.0)
    return bounces
