"""Flux and centroid of every island in every draw of a posterior image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bayesim.maps._islands import island_sizes
from bayesim.maps._pixels import image_draws, pixel_blocks, pixel_indices
from bayesim.sky import Grid

__all__ = ["Totals", "totals"]

Floats = NDArray[np.float64]

_BLOCK = 2048


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums over islands; island ``i`` is column ``i - 1``, draws of all chains follow each other.

    Parameters
    ----------
    flux : ndarray, shape (draws, islands)
        Jy.
    l, m : ndarray, shape (draws, islands)
        Centroid weighted by ``|flux|`` in radians, NaN in a draw that leaves the island empty.
    pixels : ndarray of int64, shape (islands,)
        Sampled pixels.
    outside : float
        Posterior mean of the flux outside all islands, Jy.
    """

    flux: Floats
    l: Floats
    m: Floats
    pixels: NDArray[np.int64]
    outside: float


def totals(tree: Any, grid: Grid, labels: NDArray[np.int64], *, count: int) -> Totals:
    """Add up the draws of every island, block by block."""
    image = image_draws(tree)
    indices = pixel_indices(image, grid)
    island = labels.ravel()[indices]
    l, m = grid.directions(indices)
    draws = image.sizes["chain"] * image.sizes["draw"]
    sums = np.zeros((4, draws, count + 1))
    for part, values in pixel_blocks(image, block=_BLOCK):
        flat = values.reshape(draws, -1)
        size = np.abs(flat)
        sums[0] += flat @ _members(island[part], np.ones(flat.shape[1]), count=count)
        for row, weight in enumerate((np.ones(flat.shape[1]), l[part], m[part]), start=1):
            sums[row] += size @ _members(island[part], weight, count=count)
    with np.errstate(invalid="ignore"):
        centroid = sums[2:] / np.where(sums[1] > 0, sums[1], np.nan)
    return Totals(
        flux=sums[0, :, 1:],
        l=centroid[0, :, 1:],
        m=centroid[1, :, 1:],
        pixels=island_sizes(island, count=count),
        outside=float(sums[0, :, 0].mean()),
    )


def _members(island: NDArray[np.int64], weight: Floats, *, count: int) -> Any:
    """Return the sparse matrix that adds pixels, times ``weight``, to their islands; shape (k, count + 1)."""
    rows = np.arange(island.size)
    return sparse.csr_array((weight, (rows, island)), shape=(island.size, count + 1))
