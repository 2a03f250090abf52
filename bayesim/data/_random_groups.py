"""Random groups of a UVFITS file as plain arrays, from bytes that may be damaged."""

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from numpy.typing import NDArray

from bayesim.errors import FormatError

__all__ = ["RandomGroups", "load", "starts_like_groups"]

Floats = NDArray[np.float64]

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

_CARD = 80
_BLOCK = 2880
_EXTENSION = b"XTENSION"


@dataclass(frozen=True)
class RandomGroups:
    """What the reader needs of a UVFITS file.

    Parameters
    ----------
    header : dict
        Cards of the primary header.
    parameters : dict of str to ndarray, shape (n_group,)
        Random parameters; those of one name (``DATE`` comes in two parts) are added up in float64.
    cube : ndarray, shape (n_group, n_if, n_freq, n_stokes, n_complex)
        Real, imaginary part and weight.
    antennas : list of (header, table)
        ``AIPS AN`` tables in order of their version.
    setups : table or None
        ``AIPS FQ``.
    """

    header: dict[str, Any]
    parameters: dict[str, Floats]
    cube: Floats
    antennas: list[tuple[dict[str, Any], dict[str, NDArray[Any]]]]
    setups: dict[str, NDArray[Any]] | None


def starts_like_groups(path: Path) -> bool:
    """Tell whether the file starts with a FITS header whose first axis has length 0: random groups."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        cards = [file.read(_CARD) for _ in range(4)]
    return cards[0].startswith(b"SIMPLE  =") and cards[3].split(b"/")[0].replace(b" ", b"") == b"NAXIS1=0"


def load(path: Path) -> RandomGroups:
    """Read the groups and the antenna and frequency tables.

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
                return _contents(hdus)
    except FormatError:
        raise
    except _DAMAGE as error:
        raise FormatError(f"{path.name} is a damaged UVFITS file: {type(error).__name__}: {error}") from error


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


def _contents(hdus: Any) -> RandomGroups:
    primary = hdus[0]
    if not isinstance(primary, fits.GroupsHDU) or primary.data is None:
        raise FormatError("the primary array does not hold random groups")
    data = primary.data
    parameters: dict[str, Floats] = {}
    for index, name in enumerate(primary.parnames):
        key = str(name).rstrip().upper()
        parameters[key] = parameters.get(key, 0.0) + np.asarray(data.field(index), dtype=np.float64)
    tables = [(_cards(hdu.header), _columns(hdu)) for hdu in hdus[1:] if hdu.name.strip() == "AIPS AN"]
    setups = [_columns(hdu) for hdu in hdus[1:] if hdu.name.strip() == "AIPS FQ"]
    return RandomGroups(
        header=_cards(primary.header),
        parameters=parameters,
        cube=_cube(primary.header, np.asarray(data.data)),
        antennas=sorted(tables, key=lambda table: int(table[0].get("EXTVER", 1))),
        setups=setups[0] if setups else None,
    )


def _cards(header: Any) -> dict[str, Any]:
    values = {key: header[key] for key in header if key not in ("", "HISTORY", "COMMENT")}
    # a damaged card may hold an object of astropy's that parses itself later
    return {key: value for key, value in values.items() if isinstance(value, str | int | float)}


def _columns(hdu: Any) -> dict[str, NDArray[Any]]:
    return {str(name).strip().upper(): np.asarray(hdu.data[name]) for name in hdu.columns.names}


def _cube(header: Any, data: NDArray[Any]) -> Floats:
    """Order the axes as (group, IF, FREQ, STOKES, COMPLEX); RA and DEC are of length one."""
    # FITS axis k (2 ... NAXIS) is array axis NAXIS - k + 1: axis 0 counts the groups
    n_axes = int(header["NAXIS"])
    where = {str(header.get(f"CTYPE{k}", "")).strip(): n_axes - k + 1 for k in range(2, n_axes + 1)}
    for name in ("COMPLEX", "STOKES", "FREQ"):
        if name not in where:
            raise FormatError(f"the groups have no {name} axis")
    wanted = [where[name] for name in ("IF", "FREQ", "STOKES", "COMPLEX") if name in where]
    others = [axis for axis in range(1, data.ndim) if axis not in wanted]
    if any(data.shape[axis] != 1 for axis in others):
        raise FormatError(f"the groups have shape {data.shape[1:]}, with more than one pixel of RA or DEC")
    ordered = np.transpose(data, (0, *others, *wanted))
    n_if = data.shape[where["IF"]] if "IF" in where else 1
    return ordered.reshape(len(data), n_if, *(data.shape[where[name]] for name in ("FREQ", "STOKES", "COMPLEX")))
