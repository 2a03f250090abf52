"""Tables of an OIFITS file: wavelengths, targets, stations, and columns whose shapes and units are checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._fits_file import cards, columns
from bayesim.errors import DataError, FormatError

__all__ = ["Table", "chosen_target", "numbers", "stations", "tables", "wavelength"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WAVELENGTHS = (1e-8, 1.0)
"""Metres, from hard ultraviolet to decimetres: beyond, the unit is another one."""


@dataclass(frozen=True)
class Table:
    """One binary table.

    Parameters
    ----------
    name : str
        EXTNAME.
    cards : dict
        Header.
    columns : dict of str to ndarray
        By name.
    """

    name: str
    cards: dict[str, Any]
    columns: dict[str, NDArray[Any]]

    def unit(self, column: str) -> str:
        """Return the stated unit of a column in lower case, empty where none is."""
        for key, value in self.cards.items():
            if key.startswith("TTYPE") and str(value).strip().upper() == column:
                return str(self.cards.get(f"TUNIT{key[5:]}", "")).strip().lower()
        return ""


def tables(hdus: Any) -> list[Table]:
    """Return the OIFITS tables of an open file."""
    named = [(hdu.name.strip().upper(), hdu) for hdu in hdus[1:] if hdu.name.strip().upper().startswith("OI_")]
    return [Table(name, cards(hdu.header), columns(hdu)) for name, hdu in named if hdu.data is not None]


def numbers(path: Path, table: Table, name: str, *, width: int | None = None) -> Floats:
    """Return a column as float64, shape (rows,), or (rows, width).

    Raises
    ------
    FormatError
        It is absent, not of numbers, or of another width.
    """
    if name not in table.columns:
        raise FormatError(f"{path.name}: a table {table.name} has no column {name}")
    column = table.columns[name]
    if column.dtype.kind not in "biuf":
        raise FormatError(f"{path.name}: {table.name}.{name} holds {column.dtype}, expected numbers")
    rows = len(column)
    if column.size != rows * (1 if width is None else width):
        raise FormatError(f"{path.name}: {table.name}.{name} has shape {column.shape}, expected {(rows, width or 1)}")
    return column.astype(np.float64).reshape((rows,) if width is None else (rows, width))


def _text(path: Path, table: Table, name: str) -> list[str]:
    column = table.columns.get(name)
    if column is None or column.dtype.kind not in "US" or column.ndim != 1:
        raise FormatError(f"{path.name}: a table {table.name} has no text column {name}")
    return [str(item).strip() for item in column]


def wavelength(path: Path, found: list[Table], table: Table) -> Floats:
    """Return the wavelengths (m) of the channels of a table, shape (n_wave,).

    Raises
    ------
    FormatError
        Its OI_WAVELENGTH is absent, contradicted by another, or not in metres.
    """
    name = str(table.cards.get("INSNAME", "")).strip()
    same = [t for t in found if t.name == "OI_WAVELENGTH" and str(t.cards.get("INSNAME", "")).strip() == name]
    if not same:
        raise FormatError(f"{path.name}: no OI_WAVELENGTH for INSNAME {name!r}")
    values = [numbers(path, one, "EFF_WAVE") for one in same]
    if any(not np.array_equal(values[0], other) for other in values[1:]):
        raise FormatError(f"{path.name}: {len(same)} different OI_WAVELENGTH tables are called {name!r}")
    low, high = _WAVELENGTHS
    bad = values[0][~((values[0] >= low) & (values[0] <= high))]
    if bad.size or not values[0].size:
        raise FormatError(f"{path.name}: wavelength {bad[:1]} of {name!r} is not in {low:g} to {high:g} m")
    return values[0]


def chosen_target(path: Path, found: list[Table], target: str | None) -> tuple[str, int, tuple[float, float] | None]:
    """Return name, identifier and direction (radians, or None) of the target.

    Raises
    ------
    DataError
        There are several and none, or an unknown one, was named.
    """
    known: dict[str, tuple[int, tuple[float, float] | None]] = {}
    for table in (t for t in found if t.name == "OI_TARGET"):
        identifiers = numbers(path, table, "TARGET_ID")
        degrees = np.stack([numbers(path, table, name) for name in ("RAEP0", "DECEP0")], axis=1)
        for name, number, place in zip(_text(path, table, "TARGET"), identifiers, degrees, strict=True):
            inside = 0 <= place[0] <= 360 and abs(place[1]) <= 90
            ra, dec = (float(x) for x in np.radians(place))
            known[name] = int(number), (ra, dec) if inside else None
    if not known:
        raise FormatError(f"{path.name} has no OI_TARGET")
    if target is None and len(known) > 1:
        raise DataError(f"{path.name} holds {len(known)} targets: give target=, one of {sorted(known)}")
    name = next(iter(known)) if target is None else target
    if name not in known:
        raise DataError(f"{path.name} has no target {name!r}; it holds {sorted(known)}")
    return name, *known[name]


def stations(path: Path, found: list[Table]) -> tuple[dict[tuple[str, int], int], tuple[str, ...]]:
    """Return positions in the list of names by array and station index, and the names."""
    position: dict[tuple[str, int], int] = {}
    names: list[str] = []
    for table in (t for t in found if t.name == "OI_ARRAY"):
        array = str(table.cards.get("ARRNAME", "")).strip()
        index = numbers(path, table, "STA_INDEX")
        for number, name in zip(index, _text(path, table, "STA_NAME"), strict=True):
            if (array, int(number)) not in position:
                position[array, int(number)] = len(names)
                names.append(name)
    return position, tuple(names)
