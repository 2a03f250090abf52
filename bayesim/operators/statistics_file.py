"""Statistics to and from an npz file: plain arrays, written in one step, read with suspicion."""

import os
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from bayesim.data._atomic import replacing
from bayesim.errors import FormatError, GridError
from bayesim.operators.statistics import Statistics
from bayesim.sky import Grid

__all__ = ["load_statistics", "save_statistics"]

_FORMAT = "bayesim statistics 1"
_FLOATS = ("energy", "sum_weight", "w_phase", "tolerance", "cell")
_REQUIRED = {"format", "shape", "centre", "count", "dirty", "psf", *_FLOATS}


def save_statistics(statistics: Statistics, path: str | os.PathLike[str]) -> None:
    """Write an npz file without pickles; an existing file is replaced in one step or not at all.

    Parameters
    ----------
    statistics : Statistics
        What to keep; :func:`load_statistics` returns the same numbers bit for bit.
    path : path
        File name; its folder must exist.
    """
    s = statistics
    arrays = {"format": _FORMAT, "shape": s.grid.shape, "cell": s.grid.cell, "centre": s.grid.centre}
    arrays |= {"dirty": s.dirty, "psf": s.psf, "energy": s.energy, "count": s.count}
    arrays |= {"sum_weight": s.sum_weight, "w_phase": s.w_phase, "tolerance": s.tolerance}
    if s.response is not None:
        arrays["response"] = s.response
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})


def load_statistics(path: str | os.PathLike[str]) -> Statistics:
    """Read what :func:`save_statistics` wrote.

    Raises
    ------
    FormatError
        The file is truncated, damaged, holds a pickle, or is not a statistics file of this version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {info.filename.removesuffix(".npy"): _member(archive, info) for info in archive.infolist()}
        return _assemble(arrays)
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{Path(path).name} is not a readable statistics file ({error}): measure again") from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """Read one array after checking that it claims no more bytes than the file has."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise FormatError(f"{info.filename} is compressed: not written by bayesim")
    with archive.open(info) as file:
        shape, dtype = _header(file)
    claimed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if dtype.hasobject or claimed > info.file_size:
        raise FormatError(f"{info.filename} claims {claimed} bytes of {dtype} in {info.file_size} bytes")
    with archive.open(info) as file:
        array = npy.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end is what makes zipfile check the CRC
            raise FormatError(f"{info.filename} is longer than its header says")
    return np.asarray(array)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    if npy.read_magic(file) != (1, 0):
        raise FormatError("array header of an unknown version")
    shape, _, dtype = npy.read_array_header_1_0(file)
    return shape, dtype


def _assemble(arrays: dict[str, np.ndarray]) -> Statistics:
    missing = _REQUIRED - arrays.keys()
    if missing or str(arrays["format"]) != _FORMAT:
        raise FormatError(f"not a file of format {_FORMAT!r} (missing: {sorted(missing)})")
    images = {name: arrays.get(name) for name in ("dirty", "psf", "response")}
    if any(image is not None and (image.dtype != np.float64 or image.ndim != 2) for image in images.values()):
        raise FormatError("an image is not a float64 array of two dimensions")
    numbers = {name: float(arrays[name]) for name in _FLOATS}
    try:
        rows, columns = (int(n) for n in arrays["shape"])
        l0, m0 = (float(c) for c in arrays["centre"])
        grid = Grid((rows, columns), cell=numbers.pop("cell"), centre=(l0, m0))
        return Statistics(grid=grid, count=int(arrays["count"]), **images, **numbers)  # type: ignore[arg-type]
    except (GridError, TypeError) as error:
        raise FormatError(f"the grid and the images of the file do not fit: {error}") from error
