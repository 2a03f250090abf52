"""A posterior as a netCDF file of no more bytes than its draws have to say."""

import os
from typing import Any

import xarray as xr

from bayesim.data._atomic import replacing

__all__ = ["write_draws"]

_ROUNDED = ("posterior_predictive", "log_likelihood")
"""Groups of one number per draw and visibility, most of a file: replicated noise and its density. Single precision
rounds them by 6e-8 of their value, which nothing that is done with them can see."""

_LEVEL = 4
"""Of deflate: 1 leaves 1 % more bytes, 9 takes longer for none less."""


def write_draws(tree: xr.DataTree, path: str | os.PathLike[str]) -> None:
    """Write a posterior to a netCDF-4 file, whole or not at all.

    Parameters
    ----------
    tree : DataTree
        From any sampler, with what was added to it.
    path : path
        File, replaced if it exists; ``xarray.open_datatree`` and ``arviz.from_netcdf`` read it.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written to; an earlier file stays as it was.

    Notes
    -----
    Draws, their statistics and the data keep every bit and are compressed. Replicated visibilities and
    log-likelihoods, which follow from the draws, are rounded to single precision.
    """
    encoding = {f"/{name}": _encoding(name, group) for name, group in tree.children.items()}
    with replacing(path) as partial:
        tree.to_netcdf(partial, engine="h5netcdf", encoding=encoding)


def _encoding(name: str, group: xr.DataTree) -> dict[str, dict[str, Any]]:
    variables = group.to_dataset(inherit=False).variables
    numbers = {str(key): values for key, values in variables.items() if values.ndim and values.dtype.kind in "biuf"}
    packed: dict[str, dict[str, Any]] = {key: {"zlib": True, "complevel": _LEVEL, "shuffle": True} for key in numbers}
    for key, values in numbers.items():
        if name in _ROUNDED and values.dtype.kind == "f" and key not in group.coords:
            packed[key]["dtype"] = "float32"
    return packed
