"""The posterior at the resolution of the array: mean and standard deviation of the sky seen with a beam."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, pixel_indices
from bayesim.maps.beams import Beam
from bayesim.maps.restored import convolved
from bayesim.sky import Grid

__all__ = ["RestoredPosterior", "restored_posterior"]

Floats = NDArray[np.float64]

_BLOCK = 4096
"""Image pixels at a time, so that work arrays stay near ``4096 k`` numbers."""


class RestoredPosterior(NamedTuple):
    """Two maps in Jy per beam."""

    mean: Map
    sd: Map


def restored_posterior(
    tree: Any, grid: Grid, beam: Beam, *, phase_centre: tuple[float, float] | None = None
) -> RestoredPosterior:
    """Convolve every posterior draw with a beam, and return mean and standard deviation over draws.

    A single pixel is far below the resolution and strongly correlated with its neighbours; the flux in a beam is
    what the data measure.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support.
    grid : Grid
        Pixels of the whole image.
    beam : Beam
        CLEAN beam or representation beam; the labels name it.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Returns
    -------
    RestoredPosterior
        Without the residual image: where nothing was sampled both are zero.

    Notes
    -----
    With the draws' covariance ``C`` and the beam's matrix ``B`` the variance is ``diag(B C B^T)``; ``B`` is sparse.
    """
    image = image_draws(tree)
    indices = pixel_indices(image, grid)
    draws = np.asarray(image.values, dtype=np.float64).reshape(-1, indices.size)
    centre = draws.mean(axis=0)
    mean = convolved(_placed(centre, indices, grid), beam, cell=grid.cell)
    variance = _variance(draws - centre, _beam_matrix(indices, grid, beam)).reshape(grid.shape)
    label = f"in Jy per {beam.name}, without the residual"
    return RestoredPosterior(
        Map(mean, grid, "Jy/beam", "restored_mean", f"posterior mean {label}", beam=beam, phase_centre=phase_centre),
        Map(
            np.sqrt(variance),
            grid,
            "Jy/beam",
            "restored_sd",
            f"posterior standard deviation {label}; zero where no pixel was sampled",
            beam=beam,
            phase_centre=phase_centre,
        ),
    )


def _placed(values: Floats, indices: NDArray[np.int64], grid: Grid) -> Floats:
    full = np.zeros(grid.size)
    full[indices] = values
    return full.reshape(grid.shape)


def _beam_matrix(indices: NDArray[np.int64], grid: Grid, beam: Beam) -> Any:
    """Return the sparse matrix from sampled pixels to Jy/beam of all pixels, shape (grid.size, k)."""
    kernel = beam.kernel(grid.cell)
    down, across = (np.arange(n) - n // 2 for n in kernel.shape)
    row = indices[:, None, None] // grid.shape[1] + down[None, :, None]
    column = indices[:, None, None] % grid.shape[1] + across[None, None, :]
    row, column = np.broadcast_arrays(row, column)
    inside = (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
    source = np.broadcast_to(np.arange(indices.size)[:, None, None], inside.shape)
    weight = np.broadcast_to(kernel, inside.shape)
    place = row[inside] * grid.shape[1] + column[inside]
    return sparse.csr_array((weight[inside], (place, source[inside])), shape=(grid.size, indices.size))


def _variance(deviations: Floats, blur: Any) -> Floats:
    covariance = deviations.T @ deviations / max(len(deviations) - 1, 1)
    variance = np.zeros(blur.shape[0])
    reached = np.flatnonzero(np.diff(blur.indptr))
    for start in range(0, reached.size, _BLOCK):
        rows = reached[start : start + _BLOCK]
        part = blur[rows]
        variance[rows] = part.multiply(part @ covariance).sum(axis=1)
    return variance
