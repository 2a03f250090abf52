"""What the columns of a text table are: names and units as people write them."""

import re
from dataclasses import dataclass
from pathlib import Path

from bayesim.errors import FormatError

__all__ = ["Header", "given", "header_of", "looks_like_table", "named"]

_PEEK = 65_536
"""Bytes in which the header and the first row of numbers must lie."""

# the field's names of a column, lower case and without unit
_NAMES = {
    "u": ("u", "uu", "ucoord"),
    "v": ("v", "vv", "vcoord"),
    "w": ("w", "ww", "wcoord"),
    "re": ("re", "real", "re(v)", "v_real", "vre", "re(vis)", "vis_re", "vis_real"),
    "im": ("im", "imag", "im(v)", "v_imag", "vim", "im(vis)", "vis_im", "vis_imag"),
    "amp": ("amp", "amplitude", "iamp"),
    "phase": ("phase", "iphase"),
    "weight": ("weight", "weights", "wgt", "wgts", "wt"),
    "sigma": ("sigma", "isigma", "err", "error", "std"),
    "time": ("time", "mjd"),
    "frequency": ("freq", "frequency"),
    "station1": ("t1", "ant1", "antenna1", "station1"),
    "station2": ("t2", "ant2", "antenna2", "station2"),
}
_MEANING = {alias: name for name, aliases in _NAMES.items() for alias in aliases}
# a unit stands in brackets at the end, unless the brackets are the field's own: re(v)
_UNIT = re.compile(r"^(?P<name>.*?)\s*[\[({](?P<unit>[^\[\](){}]*)[\])}]$")
_WAVELENGTH = re.compile(r"wavelength\s*\[m\]\s*[=:]\s*([0-9.eE+-]+)")


@dataclass(frozen=True)
class Header:
    """Layout of a table.

    Parameters
    ----------
    columns : dict of str to int
        Position of each column by what it means.
    units : dict of str to str
        Stated unit, empty where none is.
    delimiter : str or None
        None means white space.
    skip : int
        Lines before the first row of numbers.
    ignored : tuple of str
        Columns that are not understood.
    wavelength : float or None
        Metres, where a comment states it.
    """

    columns: dict[str, int]
    units: dict[str, str]
    delimiter: str | None
    skip: int
    ignored: tuple[str, ...] = ()
    wavelength: float | None = None


def _fields(line: str) -> tuple[str | None, list[str]]:
    body = line.strip().lstrip("#").strip()
    for delimiter in (",", ";", "\t"):
        if delimiter in body:
            return delimiter, [field.strip() for field in body.split(delimiter)]
    # "u [m]" is one name with its unit
    return None, re.sub(r"\s+(?=[\[({])", "", body).split()


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_row(line: str) -> bool:
    fields = _fields(line)[1]
    return len(fields) >= 4 and sum(map(_number, fields)) >= max(4, len(fields) - 3)


def _lines(path: Path) -> tuple[list[str], int] | None:
    """Return the first lines as text and the number of the first row; None where it is not a table."""
    with path.open("rb") as file:
        start = file.read(_PEEK)
    # the last line may be cut in the middle of a character
    text = start.decode("utf-8", errors="ignore")
    if "\0" in text or len(text.encode()) < len(start) - 4:
        return None
    # NumPy counts these ends of a line only, str.splitlines more
    lines = re.split(r"\r\n|\r|\n", text)
    rows = (number for number, line in enumerate(lines) if not line.lstrip().startswith("#") and _is_row(line))
    first = next(rows, None)
    return None if first is None else (lines, first)


def looks_like_table(path: Path) -> bool:
    """Tell whether the file is text with a row of at least four numbers near its start."""
    return path.is_file() and _lines(path) is not None


def _meaning(field: str) -> tuple[str | None, str]:
    text = field.strip().strip("\"'").lower()
    if text in _MEANING:
        return _MEANING[text], ""
    match = _UNIT.match(text)
    if match and match["name"] in _MEANING:
        return _MEANING[match["name"]], match["unit"].strip()
    return None, ""


def header_of(path: Path) -> Header:
    """Find the names of the columns: the last line before the numbers that names u and v.

    Raises
    ------
    FormatError
        There are no numbers, or no line names the columns.
    """
    found = _lines(path)
    if found is None:
        raise FormatError(f"{path.name} is not a table of numbers")
    lines, first = found
    delimiter, row = _fields(lines[first])
    wavelength = _WAVELENGTH.search("\n".join(lines[:first]))
    for line in reversed(lines[:first]):
        fields = _fields(line.strip().lstrip("#").strip().removeprefix("Columns:").removeprefix("columns:"))[1]
        columns, units = named(tuple(fields))
        if {"u", "v"} <= set(columns) and len(fields) == len(row):
            ignored = tuple(field for field in fields if _meaning(field)[0] is None)
            metres = float(wavelength[1]) if wavelength and _number(wavelength[1]) else None
            return Header(columns, units, delimiter, first, ignored, metres)
    raise FormatError(
        f"{path.name} does not name its {len(row)} columns: give them, columns=('u', 'v', 're', 'im', 'weight')"
    )


def named(fields: tuple[str, ...]) -> tuple[dict[str, int], dict[str, str]]:
    """Return position and unit of the columns that are understood.

    Raises
    ------
    FormatError
        Two columns have one meaning.
    """
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    for position, field in enumerate(fields):
        name, unit = _meaning(field)
        if name is None:
            continue
        if name in columns:
            raise FormatError(f"columns {columns[name] + 1} and {position + 1} are both {name}")
        columns[name], units[name] = position, unit
    return columns, units


def given(path: Path, columns: tuple[str, ...]) -> Header:
    """Return the layout that the caller states.

    Raises
    ------
    FormatError
        The number of columns differs from the file's, or u and v are not among them.
    """
    found = _lines(path)
    if found is None:
        raise FormatError(f"{path.name} is not a table of numbers")
    lines, first = found
    delimiter, row = _fields(lines[first])
    positions, units = named(columns)
    if len(columns) != len(row) or not {"u", "v"} <= set(positions):
        raise FormatError(f"{path.name} has {len(row)} columns, {len(columns)} were given: {columns}")
    ignored = tuple(field for field in columns if _meaning(field)[0] is None)
    return Header(positions, units, delimiter, first, ignored)
