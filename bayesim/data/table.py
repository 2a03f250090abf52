"""Text tables: MPoL's and frank's ``u v Re Im weight``, and the csv files of the Event Horizon Telescope."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data._header import Header, given, header_of, looks_like_table
from bayesim.data._intake import from_arrays
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["matches", "read"]

Floats = NDArray[np.float64]

_WAVELENGTHS = {
    "lambda": 1.0,
    "λ": 1.0,
    "wavelengths": 1.0,
    "klambda": 1e3,
    "kλ": 1e3,
    "mlambda": 1e6,
    "glambda": 1e9,
}
_METRES = {"m": 1.0, "metres": 1.0, "meters": 1.0, "km": 1e3}
_DEGREES = ("d", "deg", "degree", "degrees")
_JANSKY = {"": 1.0, "jy": 1.0, "mjy": 1e-3}
_HERTZ = {"": 1.0, "hz": 1.0, "mhz": 1e6, "ghz": 1e9}
_HOURS_PER_DAY = 24.0


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
    hertz = _frequency(header, values, frequency)
    scale, note = _scale(path, header, unit, hertz)
    data = _complex(path, header, values)
    time, when = _time(header, values, day)
    notes = (f"table for the kernel exp({sign:+d} * 2 pi i ...){' : conjugated' if sign > 0 else ''}", note, *when)
    if header.ignored:
        notes += (f"columns not used: {', '.join(header.ignored)}",)
    u, v, w = (values[name] * scale if name in values else None for name in ("u", "v", "w"))
    return from_arrays(
        u,
        v,
        data.conj() if sign > 0 else data,
        w=w,
        **_uncertainty(path, header, values),
        **(stations or {}),
        time=time,
        frequency=hertz,
        source=path.name,
        notes=notes,
    )


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


def _frequency(header: Header, values: dict[str, Floats], frequency: float | None) -> Floats | None:
    if "frequency" in values:
        unit = header.units["frequency"]
        if unit not in _HERTZ:
            raise DataError(f"the frequency column is in {unit!r}: expected Hz, MHz or GHz")
        return values["frequency"] * _HERTZ[unit]
    if frequency is None and header.wavelength is not None and header.wavelength > 0:
        frequency = SPEED_OF_LIGHT / header.wavelength
    if frequency is None:
        return None
    if not (np.isfinite(frequency) and frequency > 0):
        raise DataError(f"frequency {frequency} must be positive and finite (Hz)")
    return np.full(values["u"].shape, float(frequency))


def _scale(path: Path, header: Header, unit: str | None, hertz: Floats | None) -> tuple[float | Floats, str]:
    """Return the factor from the table's baselines to wavelengths."""
    stated = {header.units[name] for name in ("u", "v", "w") if name in header.columns}
    chosen = unit if unit is not None else (stated.pop() if len(stated) == 1 else "")
    key = chosen.lower()
    if key in _WAVELENGTHS:
        return _WAVELENGTHS[key], f"u, v are in {chosen}"
    if key in _METRES:
        if hertz is None:
            raise DataError(f"{path.name} has u, v in {chosen}: give frequency= (Hz) so that they become wavelengths")
        return _METRES[key] * hertz / SPEED_OF_LIGHT, f"u, v are in {chosen}, divided by the wavelength"
    said = f"states the unit {chosen!r}" if chosen else "does not state one unit"
    raise DataError(f"{path.name} {said} of u and v: give unit='lambda', 'klambda', 'Mlambda', 'm' or 'km'")


def _jansky(path: Path, header: Header, name: str) -> float:
    unit = header.units[name]
    if unit not in _JANSKY:
        raise DataError(f"{path.name}: column {name} is in {unit!r}, expected Jy or mJy")
    return _JANSKY[unit]


def _complex(path: Path, header: Header, values: dict[str, Floats]) -> NDArray[np.complex128]:
    if {"re", "im"} <= set(values):
        return values["re"] * _jansky(path, header, "re") + 1j * (values["im"] * _jansky(path, header, "im"))
    if {"amp", "phase"} <= set(values):
        unit = header.units["phase"]
        if unit not in (*_DEGREES, "rad", "radians"):
            raise DataError(f"{path.name} does not say whether phases are degrees: name the column 'phase(deg)'")
        phase = np.radians(values["phase"]) if unit in _DEGREES else values["phase"]
        # NaN and infinite values are refused with their rows by the intake
        with np.errstate(invalid="ignore"):
            return np.asarray(values["amp"] * _jansky(path, header, "amp") * np.exp(1j * phase))
    raise FormatError(f"{path.name} needs columns re and im, or amp and phase; it has {', '.join(header.columns)}")


def _uncertainty(path: Path, header: Header, values: dict[str, Floats]) -> dict[str, Any]:
    if "weight" in values and "sigma" in values:
        raise DataError(f"{path.name} has both weight and sigma: remove one column")
    if "sigma" in values:
        return {"sigma": values["sigma"] * _jansky(path, header, "sigma")}
    if "weight" in values:
        return {"weight": values["weight"]}
    raise FormatError(f"{path.name} has neither a weight nor a sigma column")


def _time(header: Header, values: dict[str, Floats], day: float | None) -> tuple[Floats | None, tuple[str, ...]]:
    if "time" not in values:
        return None, ()
    unit = header.units["time"]
    if unit == "mjd":
        return values["time"], ()
    if unit in ("utc", "h", "hours", "hr") and day is not None:
        return day + values["time"] / _HOURS_PER_DAY, (f"times are hours of the day MJD {day:g}",)
    return None, (
        f"times ({unit or 'no unit'}) were left out: hours need day= (MJD), else name the column time(mjd)",
    )
