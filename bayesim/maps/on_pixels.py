"""Posterior draws of sources between pixels, as an image of a few pixels."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sky import Grid

if TYPE_CHECKING:
    from xarray import DataTree

__all__ = ["on_pixels"]

Floats = NDArray[np.float64]


def on_pixels(tree: "DataTree", grid: Grid) -> "DataTree":
    """Return the posterior of ``image`` that belongs to sources with continuous positions.

    Every draw shares its sources out among their four nearest pixels so that flux and centroid stay (bilinear
    weights): a point becomes at most half a pixel wide (standard deviation). Sources too faint to list
    (``elsewhere_flux``) are left out: over many draws they are everywhere, at a flux that no pixel shows.

    Parameters
    ----------
    tree : DataTree
        Posterior with sources, as of :func:`bayesim.samplers.gibbs.sample`.
    grid : Grid
        Pixels of the image; a source beyond the outermost centres goes to the edge.

    Returns
    -------
    DataTree
        ``posterior["image"]`` in Jy/pixel, dims (chain, draw, pixel), on the pixels that are ever reached, as
        :func:`~bayesim.maps.uncertainty` and the other maps of a posterior want it; other groups are left out.

    Raises
    ------
    ModelError
        The tree holds no such sources.
    """
    # xarray takes half a second to import, and a mode needs none of it
    import xarray as xr

    missing = sorted({"flux", "l", "m"} - set(map(str, tree["posterior"].data_vars)))
    if missing:
        raise ModelError(f"the posterior has no {', '.join(missing)}: it does not hold sources")
    posterior = tree["posterior"].to_dataset().transpose("chain", "draw", "source", ...)
    flux, l, m = (np.asarray(posterior[name].values, dtype=np.float64) for name in ("flux", "l", "m"))
    chains, draws, _ = flux.shape
    flux, l, m = (x.reshape(chains * draws, -1) for x in (flux, l, m))
    pixels, image = _shared(flux, l, m, grid)
    at_l, at_m = grid.directions(pixels)
    data = xr.Dataset(
        {"image": (("chain", "draw", "pixel"), image.reshape(chains, draws, -1))},
        coords={
            "chain": posterior["chain"].values,
            "draw": posterior["draw"].values,
            "pixel": pixels,
            "l": ("pixel", at_l),
            "m": ("pixel", at_m),
        },
    )
    return xr.DataTree.from_dict({"posterior": data})


def _shared(flux: Floats, l: Floats, m: Floats, grid: Grid) -> tuple[NDArray[np.int64], Floats]:
    """Return pixels that are reached, and their fluxes in every draw, shape (draws, pixels)."""
    draw, source = np.nonzero(flux)
    values, east, north = (x[draw, source] for x in (flux, l, m))
    rows, columns = grid.shape
    across, right = _between((grid.l[0] - east) / grid.cell, columns)
    up, above = _between((north - grid.m[0]) / grid.cell, rows)
    corners, shares = [], []
    for i, j in np.ndindex(2, 2):
        # an image of one row or column has no neighbour to share with
        corners.append(np.minimum(up + i, rows - 1) * columns + np.minimum(across + j, columns - 1))
        shares.append(values * np.where(i, above, 1 - above) * np.where(j, right, 1 - right))
    corner, share = np.concatenate(corners), np.concatenate(shares)
    real = share != 0
    pixels, place = np.unique(corner[real], return_inverse=True)
    image = np.zeros((len(flux), pixels.size))
    np.add.at(image, (np.tile(draw, 4)[real], place), share[real])
    return pixels.astype(np.int64), image


def _between(position: Floats, size: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the pixel before a position, and how far beyond its centre it lies, in pixels."""
    position = np.clip(position, 0.0, size - 1.0)
    before = np.minimum(position.astype(np.int64), max(size - 2, 0))
    return before, position - before
