"""Text tables: MPoL's and frank's ``u v Re Im weight``, and the csv files of the Event Horizon Telescope."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._header import Header, given, header_of, looks_like_table
from bayesim.data._intake import from_arrays
from bayesim.data._table_units import complex_of, hertz_of, mjd_of, to_wavelengths, uncertainty_of
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["matches", "read"]

Floats = NDArray[np.float64]


def matches(path: Path) -> bool:
    """Tell whether the file is text with a row of at least four numbers near its start."""
    return looks_like_table(path)


def read(
    path: str | Path,
    *,
    unit: str | None = None,
    frequency: float | None = None,
    columns: Sequence[str] | None = None,
    sign: int | None = None,
    day: float | None = None,
) -> Visibilities:
    """Read a table with one visibility per row.

    Parameters
    ----------
    path : path
        Text, comma, semicolon, tab or white space between the columns, and a line that names them: ``u``, ``v``
        (``w``), ``Re`` and ``Im`` or ``amp`` and ``phase``, ``weight`` (1/Jy^2) or ``sigma`` (Jy), and, where
        there are, stations, time and frequency. Units stand in brackets: ``u [m]``, ``U(lambda)``.
    unit : str, optional
        Of u, v, w where the file does not state it: ``"lambda"``, ``"klambda"``, ``"Mlambda"``, ``"m"``, ``"km"``.
    frequency : float, optional
        Hz; needed for metres, unless there is a column or a comment ``wavelength[m] = ...``.
    columns : sequence of str, optional
        Names of the columns, for a table without them.
    sign : {-1, +1}, optional
        Of the exponent for which the table is written. Without it -1 (textbooks, MPoL, frank), and +1 for tables
        with stations and ``Iamp``, ``Iphase``, as the Event Horizon Telescope writes them from UVFITS.
    day : float, optional
        Modified Julian Date of the day to which times in hours belong; without it such times are left out.

    Returns
    -------
    Visibilities
        For the kernel ``exp(-2 pi i ...)``, in wavelengths.

    Raises
    ------
    FormatError
        The table is damaged, or its columns are not named.
    DataError
        Units are not stated, or the values cannot be used.
    """
    path = Path(path)
    header = header_of(path) if columns is None else given(path, tuple(columns))
    values = _numbers(path, header)
    stations = _stations(path, header)
    if sign is None:
        sign = +1 if stations is not None and {"amp", "phase"} <= set(values) else -1
    if sign not in (-1, 1):
        raise DataError(f"sign {sign} must be -1 or +1")
    hertz = hertz_of(header, values, frequency)
    scale, note = to_wavelengths(path, header, unit, hertz)
    data = complex_of(path, header, values)
    time, when = mjd_of(header, values, day)
    notes = (f"table for the kernel exp({sign:+d} * 2 pi i ...){' : conjugated' if sign > 0 else ''}", note, *when)
    if header.ignored:
        notes += (f"columns not used: {', '.join(header.ignored)}",)
    u, v, w = (values[name] * scale if name in values else None for name in ("u", "v", "w"))
    return from_arrays(
        u,
        v,
        data.conj() if sign > 0 else data,
        w=w,
        **uncertainty_of(path, header, values),
        **(stations or {}),
        time=time,
        frequency=hertz,
        source=path.name,
        notes=notes,
    )


def _numbers(path: Path, header: Header) -> dict[str, Floats]:
    names = [name for name in header.columns if not name.startswith("station")]
    table = _load(path, header, [header.columns[name] for name in names], np.float64)
    return {name: np.ascontiguousarray(table[:, index]) for index, name in enumerate(names)}


def _stations(path: Path, header: Header) -> dict[str, Any] | None:
    if not {"station1", "station2"} <= set(header.columns):
        return None
    labels = _load(path, header, [header.columns["station1"], header.columns["station2"]], "U64")
    names, numbers = np.unique(labels.ravel(), return_inverse=True)
    one, two = numbers.reshape(labels.shape).T
    return {"antenna1": one, "antenna2": two, "antenna_names": tuple(str(name) for name in names)}


def _load(path: Path, header: Header, positions: list[int], kind: Any) -> NDArray[Any]:
    try:
        return np.loadtxt(
            path,
            dtype=kind,
            delimiter=header.delimiter,
            skiprows=header.skip,
            usecols=positions,
            ndmin=2,
            encoding="utf-8",
        )
    except (ValueError, IndexError, OverflowError) as error:
        raise FormatError(f"{path.name} is damaged: {error}") from error
