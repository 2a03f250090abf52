"""The restored image: the model seen with a beam, plus what the model leaves."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from bayesim.maps._map import Map
from bayesim.maps.beams import Beam
from bayesim.sky import Grid
from bayesim.solvers import CleanModel, PointSources, Solution

__all__ = ["convolved", "restored"]

Floats = NDArray[np.float64]


def convolved(image: Floats, beam: Beam, *, cell: float) -> Floats:
    """Convolve an image in Jy/pixel with a beam of unit peak.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        Jy/pixel.
    beam : Beam
        CLEAN beam.
    cell : float
        Side of a pixel in radians.

    Returns
    -------
    ndarray, shape (rows, columns)
        Jy per CLEAN beam. Its sum over ``beam.area(cell)`` is the flux, but for what lies off the edge.
    """
    kernel = beam.kernel(cell)
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    # scipy.signal would do, but takes a third of a second to import
    shape = [fft.next_fast_len(n + k - 1, real=True) for n, k in zip(image.shape, kernel.shape, strict=True)]
    full = fft.irfft2(fft.rfft2(image, shape) * fft.rfft2(kernel, shape), shape)
    return np.asarray(full[rows : rows + image.shape[0], columns : columns + image.shape[1]])


def restored(
    solution: Solution | CleanModel | PointSources,
    beam: Beam,
    *,
    phase_centre: tuple[float, float] | None = None,
) -> Map:
    """Return the model convolved with a beam plus the residual; the label names the beam.

    Parameters
    ----------
    solution : Solution, CleanModel or PointSources
        Model and residual. Point sources are seen where they are, between the pixels.
    beam : Beam
        CLEAN beam (:func:`bayesim.maps.fit_beam`) or :func:`bayesim.maps.representation_beam`.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Notes
    -----
    The sum mixes units: Jy per ``beam`` (model) and Jy per dirty beam (residual). The flux of anything that
    the model did not take is therefore not on the same scale; measure fluxes on the model or its posterior.
    """
    grid = solution.grid
    if isinstance(solution, PointSources):
        blurred = _points(solution, beam, grid)
    else:
        blurred = convolved(solution.image, beam, cell=grid.cell)
    return Map(
        values=blurred + solution.residual / solution.sum_weight,
        grid=grid,
        unit="Jy/beam",
        name="restored",
        label=f"restored image: model in Jy per {beam.name} plus residual in Jy per dirty beam (units are mixed)",
        beam=beam,
        phase_centre=phase_centre,
    )


def _points(sources: PointSources, beam: Beam, grid: Grid) -> Floats:
    """Return point sources seen with a beam, Jy per beam; what lies off the edge counts where it reaches in."""
    blurred = np.zeros(grid.shape)
    reach = beam.kernel(grid.cell).shape
    row = np.rint((sources.m - grid.m[0]) / grid.cell).astype(np.int64)
    # columns run West
    column = np.rint((grid.l[0] - sources.l) / grid.cell).astype(np.int64)
    for flux, l, m, r, c in zip(sources.flux, sources.l, sources.m, row, column, strict=True):
        rows = slice(max(r - reach[0] // 2, 0), max(r + reach[0] // 2 + 1, 0))
        columns = slice(max(c - reach[1] // 2, 0), max(c + reach[1] // 2 + 1, 0))
        blurred[rows, columns] += flux * beam.profile(grid.l[None, columns] - l, grid.m[rows, None] - m)
    return blurred
