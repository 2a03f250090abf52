"""Right ascension and declination of directions."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["celestial"]

Floats = NDArray[np.float64]


def celestial(l: Floats, m: Floats, phase_centre: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """Return right ascension in [0, 360) and declination in degrees, NaN without a phase centre.

    Parameters
    ----------
    l, m : ndarray
        Direction cosines about the phase centre.
    phase_centre : (float, float) or None
        Right ascension and declination in radians of ``l = m = 0``.

    Notes
    -----
    The SIN projection solved for the direction (Calabretta & Greisen 2002, A&A 395, 1077, section 5.1.5).
    """
    if phase_centre is None:
        return np.full(l.size, np.nan), np.full(l.size, np.nan)
    ra, dec = phase_centre
    n = np.sqrt(1.0 - np.square(l) - np.square(m))
    north, towards = m * np.cos(dec) + n * np.sin(dec), n * np.cos(dec) - m * np.sin(dec)
    # at the poles the arc tangent keeps the digits that the arc sine loses
    return np.degrees(ra + np.arctan2(l, towards)) % 360.0, np.degrees(np.arctan2(north, np.hypot(l, towards)))
