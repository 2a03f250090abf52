"""Right ascension and declination of directions."""

import numpy as np
from numpy.typing import NDArray

from bayesim.sky import Grid

__all__ = ["celestial"]

Floats = NDArray[np.float64]


def celestial(l: Floats, m: Floats, grid: Grid, phase_centre: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """Return right ascension and declination in degrees, NaN without a phase centre (radians)."""
    if phase_centre is None or not l.size:
        return np.full(l.size, np.nan), np.full(l.size, np.nan)
    rows, columns = grid.shape
    x = columns // 2 - (l - grid.centre[0]) / grid.cell
    y = rows // 2 + (m - grid.centre[1]) / grid.cell
    ra, dec = grid.wcs(phase_centre).all_pix2world(x, y, 0)
    return np.asarray(ra, dtype=float), np.asarray(dec, dtype=float)
