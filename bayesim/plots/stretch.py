"""Grey scales, so to speak: how values become colours."""

import numpy as np
from matplotlib.colors import AsinhNorm, Normalize
from numpy.typing import NDArray

__all__ = ["compressed", "linear", "symmetric"]

Floats = NDArray[np.float64]

_FAINT = 50.0
"""Peak over the flux up to which the scale is linear, where the map has no noise of its own."""


def symmetric(values: Floats) -> Normalize:
    """Return a linear scale with zero in the middle, for maps of either sign."""
    top = _largest(np.abs(values))
    return Normalize(-top, top)


def linear(values: Floats) -> Normalize:
    """Return a linear scale from the smallest to the largest value."""
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() == finite.max():
        middle = float(finite[0]) if finite.size else 0.0
        return Normalize(middle - 0.5, middle + 0.5)
    return Normalize(float(finite.min()), float(finite.max()))


def compressed(values: Floats) -> AsinhNorm:
    """Return an asinh scale: linear up to about three times the map's own noise, logarithmic above.

    The noise is the median absolute deviation. A sparse map has none: the scale is then linear to peak / 50.
    Values further below zero than the linear range share one colour.
    """
    finite = values[np.isfinite(values)]
    top = _largest(finite)
    noise = 1.4826 * float(np.median(np.abs(finite - np.median(finite)))) if finite.size else 0.0
    width = min(max(3 * noise, top / _FAINT), top)
    bottom = max(min(float(finite.min()), 0.0), -width) if finite.size else 0.0
    return AsinhNorm(linear_width=width, vmin=bottom, vmax=top)


def _largest(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    top = float(finite.max()) if finite.size else 0.0
    return top if top > 0 else 1.0
