"""Probability of a flux above a threshold, of a pixel or of a box of pixels around it."""

from typing import Any

import numpy as np
from scipy import ndimage

from bayesim.errors import ModelError
from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, row_strips
from bayesim.sky import Grid

__all__ = ["exceedance"]

_STRIP = 1 << 16
"""Pixels filtered together: half a megabyte per draw."""


def exceedance(
    tree: Any, grid: Grid, *, threshold: float, box: int = 1, phase_centre: tuple[float, float] | None = None
) -> Map:
    """Return the posterior probability that the flux within a box of pixels exceeds a threshold.

    A point between pixels is shared among four of them in the model: no one of them may exceed what the box does.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support.
    grid : Grid
        Pixels of the whole image.
    threshold : float
        Jy, for example ``3 * solution.sigma_image``.
    box : int
        Odd side of the box in pixels, centred on each pixel; 1 is the pixel alone.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Returns
    -------
    Map
        Dimensionless, 0 to 1.

    Raises
    ------
    ModelError
        The box is not odd, the threshold is not finite, or the tree has no such image.
    """
    if box < 1 or box % 2 == 0 or not np.isfinite(threshold):
        raise ModelError(f"box {box} must be odd (1, 3, 5, ...) and threshold {threshold} Jy finite")
    image, (_, columns) = image_draws(tree), grid.shape
    halo, step = box // 2, max(1, _STRIP // columns)
    found = np.zeros(grid.shape)
    for rows, indices, draws in row_strips(image, grid, rows=step, halo=halo):
        first = max(rows.start - halo, 0)
        inside = slice(rows.start - first, rows.stop - first)
        sky = np.zeros((min(rows.stop + halo, grid.shape[0]) - first, columns))
        for draw in draws if indices.size else ():
            sky.flat[indices - first * columns] = draw
            total = sky if box == 1 else box**2 * ndimage.uniform_filter(sky, box, mode="constant")
            found[rows] += total[inside] > threshold
        found[rows] /= len(draws)
    where = "the pixel" if box == 1 else f"the {box} x {box} pixels around it"
    label = f"posterior probability of more than {threshold:.3g} Jy in {where}"
    return Map(found, grid, "", "posterior_probability", label, phase_centre=phase_centre)
