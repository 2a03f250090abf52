"""Total-variation denoising of many short lines, exact, by dynamic programming."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled

__all__ = ["denoise_lines"]

Floats = NDArray[np.float64]


@compiled
def denoise_lines(lines: Floats, strength: float) -> Floats:
    """Return ``argmin_z 1/2 ||z - y||^2 + strength sum_k |z_{k+1} - z_k|`` of every row ``y``, shape (lines, n).

    The derivative of the cost so far, as a function of ``z_k``, is piecewise linear and clipped to ``+-strength``.
    Its corners are kept in a queue which every point joins and leaves once (Johnson 2013, J. Comput. Graph. Stat.
    22, 246).
    """
    count, n = lines.shape
    found = np.empty_like(lines)
    corner, slope, height = np.empty(2 * n), np.empty(2 * n), np.empty(2 * n)
    low, high = np.empty(n), np.empty(n)
    for line in range(count):
        left, right = n, n - 1
        for k in range(n):
            margin = strength if k else 0.0
            a, b = 1.0, -margin - lines[line, k]
            target = -strength if k < n - 1 else 0.0
            while left <= right and a * corner[left] + b < target:
                a, b, left = a + float(slope[left]), b + float(height[left]), left + 1
            low[k] = (target - b) / a
            if k == n - 1:
                break
            c, d = 1.0, margin - lines[line, k]
            while left <= right and c * corner[right] + d > strength:
                c, d, right = c - float(slope[right]), d - float(height[right]), right - 1
            high[k] = (strength - d) / c
            left, right = left - 1, right + 1
            corner[left], slope[left], height[left] = low[k], a, b + strength
            corner[right], slope[right], height[right] = high[k], -c, strength - d
        found[line, n - 1] = low[n - 1]
        for k in range(n - 2, -1, -1):
            found[line, k] = min(max(found[line, k + 1], low[k]), high[k])
    return found
