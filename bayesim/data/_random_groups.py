"""Random groups of a UVFITS file as plain arrays, from bytes that may be damaged."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from bayesim.data._fits_file import cards, columns, contents
from bayesim.errors import FormatError

__all__ = ["RandomGroups", "load", "starts_like_groups"]

Floats = NDArray[np.float64]

_CARD = 80


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
        first = [file.read(_CARD) for _ in range(4)]
    return first[0].startswith(b"SIMPLE  =") and first[3].split(b"/")[0].replace(b" ", b"") == b"NAXIS1=0"


def load(path: Path) -> RandomGroups:
    """Read the groups and the antenna and frequency tables.

    Raises
    ------
    FormatError
        The file is truncated or damaged.
    """
    return contents(path, _contents, what="UVFITS")


def _contents(hdus: Any) -> RandomGroups:
    primary = hdus[0]
    if not isinstance(primary, fits.GroupsHDU) or primary.data is None:
        raise FormatError("the primary array does not hold random groups")
    data = primary.data
    parameters: dict[str, Floats] = {}
    for index, name in enumerate(primary.parnames):
        key = str(name).rstrip().upper()
        parameters[key] = parameters.get(key, 0.0) + np.asarray(data.field(index), dtype=np.float64)
    tables = [(cards(hdu.header), columns(hdu)) for hdu in hdus[1:] if hdu.name.strip() == "AIPS AN"]
    setups = [columns(hdu) for hdu in hdus[1:] if hdu.name.strip() == "AIPS FQ"]
    return RandomGroups(
        header=cards(primary.header),
        parameters=parameters,
        cube=_cube(primary.header, np.asarray(data.data)),
        antennas=sorted(tables, key=lambda table: int(table[0].get("EXTVER", 1))),
        setups=setups[0] if setups else None,
    )


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
