"""Gradient and curvature of the data fit in flux and position of point sources, from the jet of the residual."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.response import Sensitivity

__all__ = ["Slopes"]

Floats = NDArray[np.float64]


class Slopes(NamedTuple):
    """How half the energy falls around a list of sources."""

    score: Floats
    """Minus its gradient with respect to flux (1/Jy), l and m (1/radian), shape (3, k)."""
    bend: Floats
    """The residual's share of minus its second derivatives, source by source, shape (k, 3, 3): what
    :meth:`Directions.information` lacks of Newton's matrix."""

    @classmethod
    def of(cls, jet: Floats, flux: Floats, seen: Sensitivity) -> "Slopes":
        """Return them from the residual and its derivatives at the sources, (k, 6); the response counts as linear."""
        r, rl, rm, rll, rlm, rmm = jet.T
        east, north = seen.east * r + seen.value * rl, seen.north * r + seen.value * rm
        bend = np.zeros((flux.size, 3, 3))
        bend[:, 0, 1] = bend[:, 1, 0] = east
        bend[:, 0, 2] = bend[:, 2, 0] = north
        bend[:, 1, 1] = flux * (2 * seen.east * rl + seen.value * rll)
        bend[:, 2, 2] = flux * (2 * seen.north * rm + seen.value * rmm)
        bend[:, 1, 2] = bend[:, 2, 1] = flux * (seen.east * rm + seen.north * rl + seen.value * rlm)
        return cls(np.stack([seen.value * r, flux * east, flux * north]), bend)
