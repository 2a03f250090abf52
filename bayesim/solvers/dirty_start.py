"""First image of a climb: the positive part of the dirty image, as bright as the data ask."""

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators._contract import NormalEquations

__all__ = ["dirty_start"]

Floats = NDArray[np.float64]

_FLOOR = 1e-3
"""Of the peak: a positive start also suits models that need logarithms."""


def dirty_start(equations: NormalEquations) -> Floats:
    """Return ``a max(d, floor)`` in Jy/pixel, shape (rows, columns), with the ``a`` that fits the data best.

    Parameters
    ----------
    equations : NormalEquations
        Data; ``d`` is their dirty image, the floor a thousandth of its peak.

    Raises
    ------
    ModelError
        No pixel of the dirty image is positive, or no positive multiple of it fits better than an empty sky.

    Notes
    -----
    The dirty image is in Jy per beam, so as a sky it is too bright by the area of the beam: ``a = d'x / x'Gx``.
    """
    dirty = equations.dirty
    if not dirty.max() > 0:
        raise ModelError("no pixel of the dirty image is positive: it is no start")
    x = np.maximum(dirty / dirty.max(), _FLOOR)
    response = dirty - equations.residual(np.arange(x.size), x.ravel()).image
    scale = float(np.vdot(dirty, x)) / float(np.vdot(response, x))
    if not scale > 0:
        raise ModelError("the dirty image anticorrelates with the sky that it would make: it is no start")
    return np.asarray(scale * x)
