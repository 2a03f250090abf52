"""What every sampler returns: a DataTree on sky coordinates that says where it comes from."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from bayesim.sky import Grid

__all__ = ["located", "provenance", "stamped"]

PACKAGES = ("bayesim", "pymc", "pytensor", "nutpie", "arviz", "numpy", "scipy", "finufft", "numba")


def provenance(*, sampler: str, seed: int, rule: str, extra: Mapping[str, str | int | float]) -> dict[str, Any]:
    """Return the root attributes of a result: versions, sampler, seed, start rule and what the caller adds.

    Plain numbers and strings only, so that netCDF and zarr keep them as they are.
    """
    versions = {f"version_{name}": version(name) for name in PACKAGES}
    said = {name: value if isinstance(value, (int, float)) else str(value) for name, value in extra.items()}
    return {"sampler": sampler, "seed": seed, "start": rule, "python": platform.python_version(), **versions, **said}


def located(tree: xr.DataTree, grid: Grid | None) -> xr.DataTree:
    """Give the pixels of a support their coordinates: ``index`` (flat, row-major), ``l`` and ``m`` in radians."""
    if grid is None:
        return tree
    for group in ("posterior", "prior"):
        if group in tree.children and "pixel" in tree[group].dims:
            indices = np.asarray(tree[group]["pixel"].values, dtype=np.int64)
            l, m = grid.directions(indices)
            located_at = {"index": ("pixel", indices), "l": ("pixel", l), "m": ("pixel", m)}
            data = tree[group].to_dataset().assign_coords(located_at)
            tree[group] = xr.DataTree(data)
    return tree


def stamped(tree: xr.DataTree, *, grid: Grid | None, attributes: Mapping[str, Any]) -> xr.DataTree:
    """Return the tree with sky coordinates and root attributes, the latter in a fixed order."""
    tree = located(_plain(tree), grid)
    if grid is not None:
        shape = {"grid_rows": grid.shape[0], "grid_columns": grid.shape[1], "grid_cell_rad": grid.cell}
        centre = {"grid_centre_l": grid.centre[0], "grid_centre_m": grid.centre[1]}
        attributes = {**attributes, **shape, **centre}
    tree.attrs = dict(attributes)
    return tree


def _plain(tree: xr.DataTree) -> xr.DataTree:
    """Turn messages (objects, None or NaN where there is none) into strings, which zarr and netCDF can hold."""
    if "sample_stats" in tree.children:
        stats = tree["sample_stats"].to_dataset()
        texts = {name: values for name, values in stats.data_vars.items() if values.dtype == object}
        as_text = np.vectorize(lambda value: value if isinstance(value, str) else "", otypes=[str])
        tree["sample_stats"] = xr.DataTree(
            stats.assign({name: values.copy(data=as_text(values.values)) for name, values in texts.items()})
        )
    return tree
