"""Visibilities grouped by where they lie in the uv plane, so that neighbours stay together."""

import numpy as np
from numpy.typing import NDArray

from bayesim.data._visibilities import Visibilities
from bayesim.data.groups import Groups
from bayesim.errors import DataError

__all__ = ["by_dartboard", "by_uv_cell"]

_ABOVE = 1 + 1e-9
"""Lets the longest baseline fall inside the outermost ring."""


def by_uv_cell(vis: Visibilities, *, cell: float) -> Groups:
    """Group by square cells of the uv plane; a sample and its Hermitian twin at (-u, -v) share a cell.

    Visibilities closer than the inverse of the source's extent say nearly the same: held out one by one they would be
    foretold from their neighbours whatever the sky, held out by cells of that size they are not.

    Parameters
    ----------
    vis : Visibilities
        Data.
    cell : float
        Side in wavelengths, such as 1 / (extent of the source in radians); the origin is the centre of a cell.

    Raises
    ------
    DataError
        The cell is not positive and finite.
    """
    if not (np.isfinite(cell) and cell > 0):
        raise DataError(f"uv cell {cell} must be positive and finite (wavelengths)")
    place = np.rint(np.stack([vis.u, vis.v], axis=1) / cell).astype(np.int64)
    # the number is turned, not the sample: a cell on the axis u = 0 or v = 0 is not cut in two
    turned = (place[:, 1] < 0) | ((place[:, 1] == 0) & (place[:, 0] < 0))
    place[turned] *= -1
    kept, index = np.unique(place, axis=0, return_inverse=True)
    return Groups(index.ravel(), tuple(f"cell ({u}, {v})" for u, v in kept))


def by_dartboard(vis: Visibilities, *, rings: int = 8, sectors: int = 12) -> Groups:
    """Group by rings of baseline length and sectors of position angle; opposite sectors are one.

    Parameters
    ----------
    vis : Visibilities
        Data.
    rings : int
        Of equal logarithmic width, from the shortest baseline to the longest.
    sectors : int
        Of equal width over half a turn.

    Returns
    -------
    Groups
        The cells of the dartboard that hold visibilities.

    Raises
    ------
    DataError
        A number is below 1, or all baselines are zero.

    References
    ----------
    The cells that MPoL holds out: Zawadzki et al. 2023, PASP 135, 064503.
    """
    if rings < 1 or sectors < 1:
        raise DataError(f"a dartboard of {rings} rings and {sectors} sectors: at least one of each")
    length = np.hypot(vis.u, vis.v)
    if not length.max() > 0:
        raise DataError("a dartboard needs a baseline: all have length zero")
    edges = np.geomspace(length[length > 0].min(), length.max() * _ABOVE, rings + 1)
    # zero spacings join the innermost ring
    ring = np.digitize(length, edges[1:-1])
    sector = _sector(vis, sectors)
    kept, index = np.unique(np.stack([ring, sector], axis=1), axis=0, return_inverse=True)
    return Groups(index.ravel(), tuple(f"ring {k}, sector {j}" for k, j in kept))


def _sector(vis: Visibilities, sectors: int) -> NDArray[np.int64]:
    """Return the number of the sector of every baseline's direction, from North over East, modulo half a turn."""
    turn = np.mod(np.arctan2(vis.u, vis.v), np.pi) / np.pi
    return np.minimum((turn * sectors).astype(np.int64), sectors - 1)
