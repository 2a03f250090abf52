"""A posterior image read block by block, so that 1e5 pixels of 1e4 draws never sit in memory at once."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sky import Grid

__all__ = ["image_draws", "pixel_blocks", "pixel_indices", "row_strips", "some_draws"]

Indices = NDArray[np.int64]


def image_draws(tree: Any) -> Any:
    """Return the variable ``image`` of a tree's posterior as a DataArray (lazy where the tree is)."""
    if "posterior" not in tree.children or "image" not in tree["posterior"].data_vars:
        raise ModelError(
            "the tree has no posterior['image']: sample a model whose pixels are named 'image', "
            "with dims (chain, draw, m, l) or (chain, draw, pixel)"
        )
    return tree["posterior"]["image"]


def pixel_indices(image: Any, grid: Grid) -> Indices:
    """Return the flat indices (row-major) of the sampled pixels.

    Raises
    ------
    ModelError
        Dims are neither (chain, draw, m, l) nor (chain, draw, pixel), or they do not fit the grid.
    """
    dims = set(image.dims)
    if dims == {"chain", "draw", "m", "l"}:
        shape = (image.sizes["m"], image.sizes["l"])
        if shape != grid.shape:
            raise ModelError(f"posterior image has shape {shape}, the grid {grid.shape}")
        return np.arange(grid.size)
    name = next((name for name in ("index", "pixel") if name in image.coords), None)
    if dims == {"chain", "draw", "pixel"} and name is not None:
        indices = np.asarray(image.coords[name].values, dtype=np.int64)
        if indices.size and (indices.min() < 0 or indices.max() >= grid.size):
            raise ModelError(f"pixel indices {indices.min()}..{indices.max()} do not fit a grid of {grid.size}")
        return indices
    raise ModelError(
        f"posterior image has dims {image.dims} and coords {sorted(map(str, image.coords))}: need "
        "(chain, draw, m, l), or (chain, draw, pixel) with flat indices as the coordinate pixel or index"
    )


def pixel_blocks(image: Any, *, block: int) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield (slice of the pixels, draws of shape (chains, draws, k)) with ``k`` about ``block``."""
    if "pixel" in image.dims:
        for start in range(0, image.sizes["pixel"], block):
            part = image.isel(pixel=slice(start, start + block)).transpose("chain", "draw", "pixel")
            yield slice(start, start + part.sizes["pixel"]), np.asarray(part.values, dtype=np.float64)
        return
    columns = image.sizes["l"]
    rows = max(block // columns, 1)
    for row in range(0, image.sizes["m"], rows):
        part = image.isel(m=slice(row, row + rows)).transpose("chain", "draw", "m", "l")
        values = np.asarray(part.values, dtype=np.float64)
        flat = values.reshape(*values.shape[:2], -1)
        yield slice(row * columns, row * columns + flat.shape[2]), flat


def row_strips(
    image: Any, grid: Grid, *, rows: int, halo: int = 0
) -> Iterator[tuple[slice, Indices, NDArray[np.float64]]]:
    """Yield (rows, flat indices of k pixels, their draws of shape (n, k)) for strips of the image.

    The pixels are those sampled in the strip and in ``halo`` rows on either side; chains follow each other.
    """
    indices, columns = pixel_indices(image, grid), grid.shape[1]
    draws = image.sizes["chain"] * image.sizes["draw"]
    for top in range(0, grid.shape[0], rows):
        bottom = min(top + rows, grid.shape[0])
        first, last = max(top - halo, 0), min(bottom + halo, grid.shape[0])
        if "pixel" in image.dims:
            here = np.flatnonzero((indices >= first * columns) & (indices < last * columns))
            part, where = image.isel(pixel=here).transpose("chain", "draw", "pixel"), indices[here]
        else:
            part = image.isel(m=slice(first, last)).transpose("chain", "draw", "m", "l")
            where = np.arange(first * columns, last * columns)
        yield slice(top, bottom), where, np.asarray(part.values, dtype=np.float64).reshape(draws, -1)


def some_draws(image: Any, grid: Grid, *, most: int) -> Iterator[tuple[Indices, NDArray[np.float64]]]:
    """Yield (flat indices, values in Jy/pixel) of at most ``most`` draws, evenly spaced over all chains."""
    indices, length = pixel_indices(image, grid), image.sizes["draw"]
    total = image.sizes["chain"] * length
    dims = ("pixel",) if "pixel" in image.dims else ("m", "l")
    for place in np.unique(np.linspace(0, total - 1, min(most, total)).astype(np.int64)):
        draw = image.isel(chain=int(place) // length, draw=int(place) % length).transpose(*dims)
        yield indices, np.asarray(draw.values, dtype=np.float64).ravel()
