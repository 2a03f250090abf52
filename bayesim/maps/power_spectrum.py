"""Power of the sky at each baseline length: of posterior draws, of one image, and of the noise."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from bayesim.maps._annuli import Annuli, annuli
from bayesim.maps._pixels import image_draws, some_draws
from bayesim.maps._points import holds_points, some_points
from bayesim.operators import Statistics
from bayesim.sky import Grid

__all__ = ["PowerSpectrum", "power_spectrum"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PowerSpectrum:
    """Azimuthally averaged power ``|V|^2``, where ``V`` is what a baseline would measure of the sky.

    Parameters
    ----------
    baseline : ndarray, shape (bins,)
        Wavelengths.
    modes : ndarray of int64, shape (bins,)
        Fourier modes averaged in each ring.
    draws : ndarray, shape (draws, bins)
        Power of each draw, Jy^2.
    grid : Grid
        Pixels of the image.
    longest : float
        Where the rings end, wavelengths.
    rings : int
        Rings asked for, those without modes included.
    """

    baseline: Floats
    modes: NDArray[np.int64]
    draws: Floats
    grid: Grid
    longest: float
    rings: int

    def of(self, image: Floats) -> Floats:
        """Return the power (Jy^2) of one image in Jy/pixel: the mode, or the truth of a simulation."""
        return annuli(self.grid, longest=self.longest, bins=self.rings).power(image)

    def noise(self, statistics: Statistics) -> Floats:
        """Return the power (Jy^2) that thermal noise adds when the sky's power is read off the dirty map.

        The estimate is ``sum |D|^2 / sum |H|^2`` over a ring, with ``D`` the transform of the dirty map in Jy/beam
        and ``H`` that of the PSF with peak 1; the noise in it is exact for the PSF of the data. Where no baseline
        reaches it grows without bound. Edges of the field are neglected in ``H``.
        """
        psf = statistics.psf / statistics.sum_weight
        rows, columns = self.grid.shape
        # pairs of pixels that have each lag: the noise of the dirty map has the covariance PSF / sum_weight
        lag_rows, lag_columns = (n - np.abs(np.arange(-n, n)) for n in (rows, columns))
        pairs = np.outer(lag_rows, lag_columns)
        rings = annuli(self.grid, longest=self.longest, bins=self.rings)
        noise = _transform(psf * pairs)[:, : columns // 2 + 1] / statistics.sum_weight
        response = np.square(_transform(psf)[:, : columns // 2 + 1])
        with np.errstate(divide="ignore"):
            return np.asarray(np.maximum(rings.average(noise), 0.0) / rings.average(response))


def power_spectrum(
    tree: Any, grid: Grid, *, longest: float | None = None, bins: int = 40, most: int = 200
) -> PowerSpectrum:
    """Return the power spectrum of posterior draws.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support, or of point sources between pixels,
        whose power is exact at every baseline.
    grid : Grid
        Pixels of the whole image: its Fourier modes are averaged.
    longest : float or None
        Where the rings end, in wavelengths: the longest baseline; what the pixels can show by default.
    bins : int
        Rings of equal width; those without a Fourier mode are left out.
    most : int
        Draws that are used, evenly spaced over all chains.

    Returns
    -------
    PowerSpectrum
        Beyond the longest baseline, and in gaps between baselines, it shows the prior and nothing else.

    Raises
    ------
    ModelError
        The tree holds neither an image nor sources.
    """
    reach = 0.5 / grid.cell if longest is None else float(longest)
    rings = annuli(grid, longest=reach, bins=bins)
    powers = _of_points(tree, rings, most=most) if holds_points(tree) else _of_pixels(tree, grid, rings, most=most)
    return PowerSpectrum(rings.baseline, rings.modes, np.stack(list(powers)), grid, reach, bins)


def _of_pixels(tree: Any, grid: Grid, rings: Annuli, *, most: int) -> Iterator[Floats]:
    sky = np.zeros(grid.size)
    for indices, values in some_draws(image_draws(tree), grid, most=most):
        sky[indices] = values
        yield rings.power(sky.reshape(grid.shape))


def _of_points(tree: Any, rings: Annuli, *, most: int) -> Iterator[Floats]:
    return (rings.power_of_sources(sources) for sources in some_points(tree, most=most))


def _transform(lags: Floats) -> Floats:
    """Return the transform of a quantity on lags ``-N..N-1`` at the frequencies of ``N`` pixels, which is real."""
    return np.asarray(fft.fft2(fft.ifftshift(lags))[::2, ::2].real)
