"""Intervals of the mean over blocks of pixels: what the data say at each scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bayesim.errors import ModelError
from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, row_strips
from bayesim.maps.intervals import hdi
from bayesim.sky import Grid

__all__ = ["SuperpixelIntervals", "superpixel_intervals"]

Floats = NDArray[np.float64]

_STRIP = 1 << 12
"""Pixels held together: 130 MB for 4000 draws."""


@dataclass(frozen=True, eq=False)
class SuperpixelIntervals:
    """Marginal intervals of the mean surface brightness of blocks of ``size x size`` pixels.

    Parameters
    ----------
    size : int
        Side of a block in pixels of the image.
    mean, low, high : Map
        Posterior mean and ends of the highest-density interval in Jy per *original* pixel, one value per block.
    """

    size: int
    mean: Map
    low: Map
    high: Map

    @property
    def width(self) -> Map:
        """Length of the interval, Jy per original pixel."""
        label = self.low.label.replace("lower end of the", "length of the")
        return Map(
            self.high.values - self.low.values,
            self.low.grid,
            self.low.unit,
            f"superpixel_width_{self.size}",
            label,
            phase_centre=self.low.phase_centre,
        )


def superpixel_intervals(
    tree: Any, grid: Grid, *, size: int, prob: float = 0.95, phase_centre: tuple[float, float] | None = None
) -> SuperpixelIntervals:
    """Average every draw over blocks of pixels and return intervals of the averages.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support.
    grid : Grid
        Pixels of the whole image.
    size : int
        Side of a block in pixels, at least 1. Where it does not divide the image the last blocks are smaller.
    prob : float
        Probability of the highest-density interval, in (0, 1).
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Returns
    -------
    SuperpixelIntervals
        On a grid of blocks. A block without sampled pixels is zero in the model: all three are 0 there.

    Raises
    ------
    ModelError
        ``size`` does not fit the image, or the tree has no such image.

    Notes
    -----
    Blocks are those of the local credible intervals of Cai, Pereyra & McEwen 2018 (MNRAS 480, 4170, section 3.2.2);
    here an interval is the marginal one of the block's mean, from draws, while
    :meth:`bayesim.maps.JointRegion.intervals` bounds all blocks together from the mode.
    """
    if not 1 <= size <= max(grid.shape):
        raise ModelError(f"size {size} must lie in 1 to {max(grid.shape)}, the pixels of a side")
    coarse = _coarse(grid, size)
    image, across = image_draws(tree), coarse.shape[1]
    values = np.zeros((3, *coarse.shape))
    sums: Floats | float = 0.0
    for strip, indices, draws in row_strips(image, grid, rows=_rows(grid, size)):
        sums = sums + _columns(indices, draws, grid, size)
        place = (strip.stop - 1) // size
        if strip.stop == min((place + 1) * size, grid.shape[0]):
            width = np.minimum(size, grid.shape[1] - size * np.arange(across))
            means = sums / (width * (strip.stop - place * size))
            values[0, place] = means.mean(axis=0)
            values[1, place], values[2, place] = hdi(means, prob=prob)
            sums = 0.0
    interval = f"the {100 * prob:g} % highest-density interval (marginal) of the mean over {size} x {size} pixels"
    words = {"mean": "posterior mean", "low": f"lower end of {interval}", "high": f"upper end of {interval}"}
    maps = {
        name: Map(part, coarse, "Jy/pixel", f"superpixel_{name}_{size}", f"{said}; Jy per pixel of the image")
        for part, (name, said) in zip(values, words.items(), strict=True)
    }
    return SuperpixelIntervals(size, **{name: _at(map_, phase_centre) for name, map_ in maps.items()})


def _rows(grid: Grid, size: int) -> int:
    """Return how many rows to hold together: a divisor of ``size``, so that no strip is of two blocks."""
    most = max(1, _STRIP // grid.shape[1])
    return max(n for n in range(1, size + 1) if size % n == 0 and n <= most)


def _columns(indices: NDArray[np.int64], draws: Floats, grid: Grid, size: int) -> Floats:
    """Return the sums of a strip over blocks of columns, shape (draws, blocks)."""
    block, across = indices % grid.shape[1] // size, -(-grid.shape[1] // size)
    ones = np.ones(block.size)
    return np.asarray(draws @ sparse.csr_array((ones, (np.arange(block.size), block)), shape=(block.size, across)))


def _at(map_: Map, phase_centre: tuple[float, float] | None) -> Map:
    return Map(map_.values, map_.grid, map_.unit, map_.name, map_.label, phase_centre=phase_centre)


def _coarse(grid: Grid, size: int) -> Grid:
    """Return the grid of blocks, whose middle pixel is where the blocks are."""
    shape = (-(-grid.shape[0] // size), -(-grid.shape[1] // size))
    row, column = ((n // 2) * size + (size - 1) / 2 for n in shape)
    centre = (float(grid.l[0]) - grid.cell * column, float(grid.m[0]) + grid.cell * row)
    return Grid(shape, cell=grid.cell * size, centre=centre)
