"""The posterior at the resolution of the array: mean and standard deviation of the sky seen with a beam."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft, sparse

from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, pixel_indices
from bayesim.maps.beams import Beam
from bayesim.maps.restored import convolved
from bayesim.sky import Grid

__all__ = ["RestoredPosterior", "restored_posterior"]

Floats = NDArray[np.float64]

_MANY = 512
"""Sampled pixels from which on blurring every draw is cheaper than their covariance."""

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
    Where more than 512 pixels were sampled every draw is convolved by FFT, in single precision.
    """
    image = image_draws(tree)
    indices = pixel_indices(image, grid)
    draws = np.asarray(image.values, dtype=np.float64).reshape(-1, indices.size)
    centre = draws.mean(axis=0)
    mean = convolved(_placed(centre, indices, grid), beam, cell=grid.cell)
    many = indices.size > _MANY
    variance = (
        _of_draws(draws - centre, indices, grid, beam) if many else _variance(draws - centre, indices, grid, beam)
    )
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


def _variance(deviations: Floats, indices: NDArray[np.int64], grid: Grid, beam: Beam) -> Floats:
    blur = _beam_matrix(indices, grid, beam)
    covariance = deviations.T @ deviations / max(len(deviations) - 1, 1)
    variance = np.zeros(blur.shape[0])
    reached = np.flatnonzero(np.diff(blur.indptr))
    for start in range(0, reached.size, _BLOCK):
        rows = reached[start : start + _BLOCK]
        part = blur[rows]
        variance[rows] = part.multiply(part @ covariance).sum(axis=1)
    return variance.reshape(grid.shape)


def _of_draws(deviations: Floats, indices: NDArray[np.int64], grid: Grid, beam: Beam) -> Floats:
    """Return the variance of the blurred image from the blurred deviation of every draw."""
    row, column = indices // grid.shape[1], indices % grid.shape[1]
    kernel = beam.kernel(grid.cell).astype(np.float32)
    low = np.array([row.min(), column.min()])
    box = np.array([row.max(), column.max()]) + 1 - low
    shape = [fft.next_fast_len(int(n) + k - 1, real=True) for n, k in zip(box, kernel.shape, strict=True)]
    transfer, square = fft.rfft2(kernel, shape), np.zeros(shape)
    for deviation in deviations:
        image = np.zeros(shape, dtype=np.float32)
        image[row - low[0], column - low[1]] = deviation
        square += fft.irfft2(fft.rfft2(image, overwrite_x=True) * transfer, shape, overwrite_x=True) ** 2
    out = np.zeros(grid.shape)
    first = low - np.array(kernel.shape) // 2
    inside = [slice(max(0, a), min(a + n, size)) for a, n, size in zip(first, shape, grid.shape, strict=True)]
    of_square = [slice(s.start - a, s.stop - a) for s, a in zip(inside, first, strict=True)]
    out[tuple(inside)] = square[tuple(of_square)] / max(len(deviations) - 1, 1)
    return out
