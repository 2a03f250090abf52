"""Posterior of the total flux of a region of the sky."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.maps._totals import totals
from bayesim.sky import Grid

__all__ = ["disk", "region_flux"]


def disk(grid: Grid, *, l: float, m: float, radius: float) -> NDArray[np.bool_]:
    """Return the pixels whose centres lie within ``radius`` (radians) of a direction, shape (rows, columns).

    Raises
    ------
    GridError
        No pixel does.
    """
    mask = np.hypot(grid.l[None, :] - l, grid.m[:, None] - m) <= radius
    if not mask.any():
        raise GridError(
            f"no pixel of the image lies within {radius:.3g} rad of l = {l:.6g}, m = {m:.6g}: "
            f"use a radius of at least one cell ({grid.cell:.3g} rad) inside the field"
        )
    return np.asarray(mask)


def region_flux(tree: Any, grid: Grid, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the draws of the total flux within a mask.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support.
    grid : Grid
        Pixels of the whole image.
    mask : ndarray of bool, shape (rows, columns)
        The region.

    Returns
    -------
    ndarray, shape (draws,)
        Jy, all chains one after the other.

    Raises
    ------
    GridError
        The mask does not have the grid's shape.
    ModelError
        The tree has no such image.
    """
    if mask.shape != grid.shape:
        raise GridError(f"the mask has shape {mask.shape}, the grid {grid.shape}")
    return totals(tree, grid, mask.astype(np.int64), count=1).flux[:, 0]
