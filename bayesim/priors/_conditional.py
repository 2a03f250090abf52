"""Full conditional of a pixel that is empty or holds a source."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Conditional"]

Floats = NDArray[np.float64]


class Conditional(NamedTuple):
    """What one pixel is, given all others and the data."""

    log_odds: Floats
    """Natural logarithm of the odds of a source against none."""
    mean: Floats
    """Mean in Jy of the Gaussian of its flux, if there is one (before truncation to positive fluxes)."""
    sd: Floats
    """Standard deviation of that Gaussian in Jy."""
