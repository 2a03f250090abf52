"""Which regions of the certificate hold flux in *every* solution.

All solutions have one image of the data, ``A x*``, and ``1/2 ||A (x - x*)||_W^2 <= gap`` for the sky x at hand. If
some solution were empty on a region, a sky without it would come that close to ``A x``. The closest sky on all
*other* pixels of the saturation set, whatever its signs, is a least-squares problem; where even it is further away
than the gap allows, no solution does without the region.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from bayesim.operators import NormalEquations
from bayesim.solvers import Solution

__all__ = ["LARGEST", "indispensable"]

Floats = NDArray[np.float64]

LARGEST = 3000
"""Pixels of the saturation set up to which the question is asked: the inverse of their Gram matrix is needed."""

_ROUNDING = 1e-12
"""Of the objective: the gap is known no better."""

_RIDGE = 1e-10
"""Load of the diagonal relative to it: neighbouring pixels are all but equal. Its error enters the bound."""


def indispensable(
    solution: Solution, equations: NormalEquations, labels: NDArray[np.int64], *, count: int
) -> NDArray[np.bool_] | None:
    """Return for every region whether each solution has flux in it; None when the set is too large to tell.

    Notes
    -----
    With ``z = x' - x`` the least-squares step that empties the region, ``c = -A'WA z`` and ``B`` a bound on the
    flux of any solution, weak duality gives ``1/2 ||A (x' - x)||^2 >= c'x - 1/2 z'A'WAz - B max |c|`` over all such
    x', the maximum over the pixels that stay: exact whatever the rounding of ``z``.
    """
    where = labels.ravel()
    pixels = np.union1d(np.flatnonzero(where), solution.indices)
    if pixels.size > LARGEST:
        return None
    sky = solution.image.ravel()[pixels]
    gram = equations.gram(pixels, pixels)
    inverse = linalg.inv(gram + np.diag(_RIDGE * np.diag(gram)))
    steps = np.zeros((pixels.size, count))
    for region in range(count):
        mine = np.flatnonzero(where[pixels] == region + 1)
        block = inverse[np.ix_(mine, mine)]
        steps[:, region] = inverse[:, mine] @ linalg.solve(block, -sky[mine], assume_a="sym")
        steps[mine, region] = -sky[mine]
    slopes = -gram @ steps
    stays = where[pixels][:, None] != np.arange(1, count + 1)
    rest = np.abs(np.where(stays, slopes, 0.0)).max(axis=0, initial=0.0)
    bound = sky @ slopes + 0.5 * np.sum(steps * slopes, axis=0) - solution.objective / solution.rate * rest
    return np.asarray(bound > max(solution.gap, 0.0) + _ROUNDING * solution.objective)
