"""A FITS file from bytes that may be damaged: what is read is plain arrays and cards, what is wrong a FormatError."""

import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from numpy.typing import NDArray

from bayesim.errors import FormatError

__all__ = ["cards", "columns", "contents"]

# what astropy raises on damaged headers and tables, found by mutating files
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    struct.error,
    fits.VerifyError,
)

_BLOCK = 2880
_EXTENSION = b"XTENSION"


def contents[T](path: Path, extract: Callable[[Any], T], *, what: str) -> T:
    """Return what a function takes out of the open file; it must copy, because the file is closed afterwards.

    Parameters
    ----------
    path : Path
        The file.
    extract : function of an HDU list
        Whatever it raises on damage becomes a FormatError.
    what : str
        Name of the format for messages.

    Raises
    ------
    FormatError
        The file is truncated or damaged.
    """
    try:
        # what astropy warns about (truncation, odd cards) is checked here and refused
        # and astropy leaves a file open when it gives up on its header, so it is opened here
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyWarning)
            with fits.open(file, memmap=False, lazy_load_hdus=False) as hdus:
                _sizes(path, hdus)
                return extract(hdus)
    except FormatError:
        raise
    except _DAMAGE as error:
        raise FormatError(f"{path.name} is a damaged {what} file: {type(error).__name__}: {error}") from error


def cards(header: Any) -> dict[str, Any]:
    """Return the cards that hold text or a number."""
    values = {key: header[key] for key in header if key not in ("", "HISTORY", "COMMENT")}
    # a damaged card may hold an object of astropy's that parses itself later
    return {key: value for key, value in values.items() if isinstance(value, str | int | float)}


def columns(hdu: Any) -> dict[str, NDArray[Any]]:
    """Return the columns of a table by name in capitals."""
    return {str(name).strip().upper(): np.asarray(hdu.data[name]) for name in hdu.columns.names}


def _sizes(path: Path, hdus: Any) -> None:
    """Refuse a file that is shorter than its headers say, or that ends inside a part astropy gave up on."""
    size = path.stat().st_size
    end = 0
    for number, hdu in enumerate(hdus):
        if hdu.size < 0:
            raise FormatError(f"{path.name}: part {number} declares a negative size")
        end = hdu.fileinfo()["datLoc"] + -(-hdu.size // _BLOCK) * _BLOCK
        if end > size:
            raise FormatError(f"{path.name} is truncated: part {number} ends at byte {end}, the file at {size}")
    with path.open("rb") as file:
        file.seek(end)
        if file.read(len(_EXTENSION)) == _EXTENSION:
            raise FormatError(f"{path.name} is truncated or damaged in part {len(hdus)}, from byte {end} on")
