"""A set of maps on one grid as an xarray Dataset and a netCDF file."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bayesim.data._atomic import replacing
from bayesim.errors import GridError
from bayesim.maps._map import Map

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["dataset", "write_netcdf"]


def dataset(maps: Iterable[Map], *, attrs: Mapping[str, str | float] | None = None) -> "xr.Dataset":
    """Gather maps of one grid.

    Parameters
    ----------
    maps : iterable of Map
        All on the same grid, with different names.
    attrs : mapping or None
        Provenance for the attributes of the dataset.

    Returns
    -------
    xarray.Dataset
        One variable per map with dims ``("m", "l")`` in radians and its unit, label and beam as attributes.

    Raises
    ------
    GridError
        There is no map, the grids differ, or two maps have one name.
    """
    # xarray takes longer to import than a small image takes to make
    import xarray as xr

    maps = list(maps)
    if not maps:
        raise GridError("a dataset needs at least one map")
    grid = maps[0].grid
    for other in maps[1:]:
        if other.grid != grid:
            raise GridError(f"map '{other.name}' is on another grid than '{maps[0].name}': write it to its own file")
    names = [m.name for m in maps]
    if len(set(names)) < len(names):
        raise GridError(f"two maps have the same name: {sorted(names)}")
    variables = {m.name: (("m", "l"), m.values, _attributes(m)) for m in maps}
    coords = {
        "m": ("m", grid.m, {"units": "rad", "long_name": "direction cosine to the North"}),
        "l": ("l", grid.l, {"units": "rad", "long_name": "direction cosine to the East"}),
    }
    return xr.Dataset(variables, coords=coords, attrs=dict(attrs or {}))


def write_netcdf(
    maps: Iterable[Map], path: str | os.PathLike[str], *, attrs: Mapping[str, str | float] | None = None
) -> None:
    """Write :func:`dataset` to a netCDF-4 file, whole or not at all.

    Parameters
    ----------
    maps : iterable of Map
        All on the same grid, with different names.
    path : str or path
        Of the file; one that exists is replaced.
    attrs : mapping or None
        Provenance for the attributes of the file.

    Raises
    ------
    GridError
        There is no map, the grids differ, or two maps have one name.
    OSError
        The folder cannot be written to or the disk is full; an earlier file stays as it was.
    """
    with replacing(path) as partial:
        dataset(maps, attrs=attrs).to_netcdf(partial, engine="h5netcdf")


def _attributes(map_: Map) -> dict[str, str | float]:
    attributes: dict[str, str | float] = {"units": map_.unit or "1", "long_name": map_.label}
    if map_.beam is not None:
        beam = map_.beam
        attributes |= {"beam_major": beam.major, "beam_minor": beam.minor, "beam_pa": beam.position_angle}
    if map_.phase_centre is not None:
        attributes |= {"phase_centre_ra": map_.phase_centre[0], "phase_centre_dec": map_.phase_centre[1]}
    return attributes
