"""Arrays out of a zip archive that may be damaged or hostile: no objects, no bombs, every byte checked."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import FormatError

__all__ = ["DEFAULT_LIMIT", "members", "members_of"]

DEFAULT_LIMIT: Final = 2**31
"""Bytes that an archive may declare for the arrays that are read: 26 million visibilities."""

# what zipfile and zlib raise on damaged bytes; RuntimeError is an encrypted member
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def members_of(path: Path) -> set[str]:
    """Return the names of the arrays in an archive.

    Raises
    ------
    FormatError
        The directory of the archive is missing (a truncated file) or damaged.
    """
    with _opened(path) as archive:
        return {info.filename.removesuffix(".npy") for info in archive.infolist() if info.filename.endswith(".npy")}


def members(path: Path, names: set[str], *, max_bytes: int = DEFAULT_LIMIT) -> dict[str, NDArray[Any]]:
    """Return arrays by name; the checksum of each is verified.

    Raises
    ------
    FormatError
        A name is missing, bytes are damaged, an array holds objects, or more than ``max_bytes`` are declared.
    """
    with _opened(path) as archive:
        present = {info.filename: info for info in archive.infolist()}
        missing = sorted(name for name in names if f"{name}.npy" not in present)
        if missing:
            raise FormatError(f"{path.name} lacks {', '.join(missing)}")
        declared = sum(present[f"{name}.npy"].file_size for name in names)
        if declared > max_bytes:
            raise FormatError(f"{path.name} declares {declared} bytes, more than max_bytes = {max_bytes}: raise it")
        return {name: _array(path, name, _bytes(path, archive, f"{name}.npy")) for name in sorted(names)}


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise
    except _DAMAGE as error:
        raise FormatError(f"{path.name} is a damaged or truncated NumPy archive: {error}") from error


def _bytes(path: Path, archive: zipfile.ZipFile, member: str) -> bytes:
    info = archive.getinfo(member)
    # only these two are written by NumPy, and only these two are inflated no further than asked
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FormatError(f"{path.name}: {member} uses zip compression {info.compress_type}; save with np.savez")
    try:
        with archive.open(member) as stream:
            content = stream.read(info.file_size)
    except _DAMAGE as error:
        raise FormatError(f"{path.name}: {member} is damaged: {error}") from error
    if len(content) != info.file_size:
        raise FormatError(f"{path.name}: {member} ends after {len(content)} of {info.file_size} bytes")
    return content


def _array(path: Path, name: str, content: bytes) -> NDArray[Any]:
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, fortran, dtype = reader(stream)
    except (KeyError, ValueError, SyntaxError, TypeError) as error:
        raise FormatError(f"{path.name}: {name} is not a NumPy array: {error}") from error
    if dtype.hasobject:
        raise FormatError(f"{path.name}: {name} holds Python objects, which are never loaded: save numbers instead")
    expected = dtype.itemsize * int(np.prod(shape, dtype=object))
    if expected != len(content) - stream.tell() or min(shape, default=0) < 0:
        raise FormatError(f"{path.name}: {name} declares {shape} of {dtype}, which is not what the file holds")
    flat = np.frombuffer(content, dtype=dtype, offset=stream.tell()) if expected else np.empty(0, dtype=dtype)
    return flat.reshape(shape, order="F" if fortran else "C")
