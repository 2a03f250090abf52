"""A Gaussian image whose covariance is diagonal in a known orthonormal basis."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.priors._fourier import both_axes

__all__ = ["gaussian"]

Floats = NDArray[np.float64]


def gaussian(name: str, rate: Any, spectrum: Any, *, rows: Floats, columns: Floats, dims: tuple[str, ...]) -> Any:
    """Add ``x = rows' m columns`` to the model in context, ``m`` independent of variance ``spectrum / (2 rate)``.

    Parameters
    ----------
    rows, columns : ndarray
        Orthogonal matrices, frequency by pixel.
    """
    # importing PyMC takes seconds, and a MAP does not need it
    import pymc as pm
    import pytensor.tensor as pt

    shape = len(rows), len(columns)

    def draw(rate: Any, spectrum: Any, size: Any) -> Any:
        white = pm.Normal.dist(0.0, 1.0, size=shape)
        return both_axes(rows.T, white * pt.sqrt(0.5 * spectrum / rate), columns.T)

    def logp(value: Any, rate: Any, spectrum: Any) -> Any:
        modes = both_axes(rows, value, columns)
        return pt.sum(0.5 * pt.log(rate / (np.pi * spectrum)) - rate * modes**2 / spectrum)

    def start(*_: Any) -> Any:
        return pt.zeros(shape)

    return pm.CustomDist(
        name,
        rate,
        spectrum,
        dist=draw,
        logp=logp,
        support_point=start,
        signature="(),(m,l)->(m,l)",
        dims=dims,
    )
