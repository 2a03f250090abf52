"""Dirty images with imaging weights: pictures, not sufficient statistics."""

from dataclasses import dataclass

import numpy as np
from finufft import nufft2d1
from numpy.typing import NDArray

from bayesim.conventions import FOURIER_SIGN
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError
from bayesim.operators._grid_points import angles_per_pixel, check_sampling
from bayesim.operators.imaging_weights import ImagingWeights
from bayesim.operators.wide import Wide
from bayesim.sky import Grid

__all__ = ["DirtyImage", "weighted_dirty"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DirtyImage:
    """A picture of the sky seen with a PSF of choice.

    It has neither energy nor count: no likelihood and no solver takes it.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    image : ndarray, shape (rows, columns)
        Jy per dirty beam: an isolated point of S Jy peaks at S.
    psf : ndarray, shape (2 rows, 2 columns)
        Unit peak at ``(rows, columns)``, of the phase centre.
    sigma : float
        Thermal noise of the image in Jy, from the true weights.
    label : str
        Which weights.
    """

    grid: Grid
    image: Floats
    psf: Floats
    sigma: float
    label: str


def weighted_dirty(
    vis: Visibilities, grid: Grid, weights: ImagingWeights, *, tolerance: float = 1e-7, threads: int = 1
) -> DirtyImage:
    """Return the dirty image and the PSF of visibilities with imaging weights, w terms included in the image.

    Parameters
    ----------
    vis : Visibilities
        Calibrated data.
    grid : Grid
        Pixels of the image.
    weights : ImagingWeights
        From :func:`natural`, :func:`uniform` or :func:`briggs`, with or without a taper.
    tolerance : float
        Relative accuracy of the transforms, in [1e-13, 0.1].
    threads : int
        Threads of one call.

    Raises
    ------
    DataError
        The weights are not imaging weights, or their number is not that of the visibilities.
    GridError
        A baseline lies beyond the Nyquist frequency of the pixels.
    """
    if not isinstance(weights, ImagingWeights):
        raise DataError(f"weights are {type(weights).__name__}: make ImagingWeights by natural, uniform or briggs")
    sigma = weights.noise(vis)
    check_sampling(vis.u, vis.v, grid)
    total = float(weights.values.sum())
    share = weights.values / total
    image = Wide(vis.u, vis.v, vis.w, grid, tolerance=tolerance, threads=threads).adjoint(share * vis.data)
    # no Grid of twice the side: its corners may lie beyond the horizon
    psf = nufft2d1(
        *angles_per_pixel(vis.u, vis.v, grid),
        share.astype(np.complex128),
        (2 * grid.shape[0], 2 * grid.shape[1]),
        eps=tolerance,
        isign=-FOURIER_SIGN,
        nthreads=threads,
    ).real
    return DirtyImage(grid, image, np.ascontiguousarray(psf), sigma, f"{weights.label} imaging weights")
