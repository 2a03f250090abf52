"""Posterior draws of sources between pixels, as an image of a few pixels."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bayesim.errors import ModelError
from bayesim.maps._blobs import blob_image
from bayesim.sky import Grid

if TYPE_CHECKING:
    from xarray import DataTree

__all__ = ["on_pixels"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_MOST = 2**23
"""Numbers of an image posterior, 64 MiB: under smooth emission many pixels vary in every draw."""


def on_pixels(tree: "DataTree", grid: Grid) -> "DataTree":
    """Return the posterior of ``image`` that belongs to sources with continuous positions.

    Every draw shares its sources out among their four nearest pixels so that flux and centroid stay (bilinear
    weights): a point becomes at most half a pixel wide (standard deviation). Sources too faint to list
    (``elsewhere_flux``) are left out: over many draws they are everywhere, at a flux that no pixel shows. Smooth
    emission is spread over the pixels that it covers.

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
        :func:`~bayesim.maps.uncertainty` and the other maps of a posterior want it; other groups are left out. Where
        it would take more than 64 MiB every n-th draw of each chain is kept, and the attribute ``thinned`` is n.

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
    covered, share = _smooth(tree, grid)
    every = max(1, -(-posterior.sizes["chain"] * posterior.sizes["draw"] * covered.size // _MOST))
    posterior = posterior.isel(draw=slice(None, None, every))
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    flux, l, m = (
        np.asarray(posterior[name].values, dtype=np.float64).reshape(chains * draws, -1)
        for name in ("flux", "l", "m")
    )
    pixels, image = _shared(flux, l, m, grid)
    if covered.size:
        blobs = posterior["background"].values.reshape(chains * draws, -1)
        pixels, image = _together(pixels, image, covered, (share @ blobs.T).T)
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
        attrs={"thinned": every} if every > 1 else {},
    )
    return xr.DataTree.from_dict({"posterior": data})


def _smooth(tree: "DataTree", grid: Grid) -> tuple[Indices, sparse.csr_matrix]:
    """Return the pixels that a background covers in any draw, and the share of each in every blob."""
    if "background" not in tree["posterior"].data_vars:
        return np.zeros(0, dtype=np.int64), sparse.csr_matrix((0, 0))
    used = (tree["posterior"].to_dataset()["background"] != 0).any(("chain", "draw")).values
    return blob_image(tree["constant_data"].to_dataset(), grid, used)


def _together(pixels: Indices, image: Floats, covered: Indices, smooth: Floats) -> tuple[Indices, Floats]:
    """Return the sum of two images over the pixels of either."""
    every = np.union1d(pixels, covered)
    out = np.zeros((len(image), every.size))
    out[:, np.searchsorted(every, covered)] = smooth
    out[:, np.searchsorted(every, pixels)] += image
    return every, out


def _shared(flux: Floats, l: Floats, m: Floats, grid: Grid) -> tuple[Indices, Floats]:
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


def _between(position: Floats, size: int) -> tuple[Indices, Floats]:
    """Return the pixel before a position, and how far beyond its centre it lies, in pixels."""
    position = np.clip(position, 0.0, size - 1.0)
    before = np.minimum(position.astype(np.int64), max(size - 2, 0))
    return before, position - before
