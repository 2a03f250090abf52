"""Residual visibilities as an image, w terms included where they matter."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.data._sampling import W_PHASE, largest_w_phase
from bayesim.operators import Nufft, Wide
from bayesim.sky import Grid

__all__ = ["coplanar", "imager"]


def coplanar(vis: Visibilities, grid: Grid) -> bool:
    """Return whether the w term may be left out."""
    return largest_w_phase(vis, grid) <= W_PHASE


def imager(vis: Visibilities, grid: Grid, *, threads: int) -> Callable[[NDArray[np.complex128]], NDArray[np.float64]]:
    """Return what makes ``A^T W r`` in 1/Jy, shape (rows, columns), of ``r`` in Jy, shape (n_vis,)."""
    operator = (
        Nufft(vis.u, vis.v, grid, threads=threads)
        if coplanar(vis, grid)
        else Wide(vis.u, vis.v, vis.w, grid, threads=threads)
    )
    return lambda left: operator.adjoint(vis.weight * left)
