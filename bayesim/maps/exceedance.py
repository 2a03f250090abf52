"""Probability of a flux above a threshold, of a pixel or of a box of pixels around it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bayesim.errors import ModelError
from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, row_strips
from bayesim.sky import Grid

__all__ = ["exceedance"]

_STRIP = 1 << 12
"""Pixels held together: 130 MB for 4000 draws."""


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
    found = np.full(grid.size, float(threshold < 0))
    rows = max(1, _STRIP // grid.shape[1])
    for strip, indices, draws in row_strips(image_draws(tree), grid, rows=rows, halo=box // 2):
        if indices.size:
            reached, add = _boxes(indices, strip, grid, half=box // 2)
            found[reached] = np.mean(draws @ add > threshold, axis=0)
    where = "the pixel" if box == 1 else f"the {box} x {box} pixels around it"
    label = f"posterior probability of more than {threshold:.3g} Jy in {where}"
    return Map(found.reshape(grid.shape), grid, "", "posterior_probability", label, phase_centre=phase_centre)


def _boxes(indices: NDArray[np.int64], strip: slice, grid: Grid, *, half: int) -> tuple[NDArray[np.int64], Any]:
    """Return the pixels of a strip whose boxes hold some of ``indices``, and the matrix that adds those up."""
    row, column = np.divmod(indices, grid.shape[1])
    steps = np.arange(-half, half + 1)
    rows, columns = row[:, None, None] + steps[:, None], column[:, None, None] + steps[None, :]
    rows, columns = np.broadcast_arrays(rows, columns)
    inside = (rows >= strip.start) & (rows < strip.stop) & (columns >= 0) & (columns < grid.shape[1])
    source = np.broadcast_to(np.arange(indices.size)[:, None, None], rows.shape)[inside]
    reached, place = np.unique(rows[inside] * grid.shape[1] + columns[inside], return_inverse=True)
    ones = np.ones(source.size)
    return reached, sparse.csr_array((ones, (source, place)), shape=(indices.size, reached.size))
