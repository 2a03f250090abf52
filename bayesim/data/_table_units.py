"""Columns of a text table with their units: baselines, frequencies, visibilities, noise and times."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data._header import Header
from bayesim.errors import DataError, FormatError

__all__ = ["complex_of", "hertz_of", "mjd_of", "to_wavelengths", "uncertainty_of"]

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


def hertz_of(header: Header, values: dict[str, Floats], frequency: float | None) -> Floats | None:
    """Return the frequency of every row in Hz, None where it is not known."""
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


def to_wavelengths(path: Path, header: Header, unit: str | None, hertz: Floats | None) -> tuple[float | Floats, str]:
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


def complex_of(path: Path, header: Header, values: dict[str, Floats]) -> NDArray[np.complex128]:
    """Return the visibilities in Jy, from real and imaginary parts or from amplitudes and phases."""
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


def uncertainty_of(path: Path, header: Header, values: dict[str, Floats]) -> dict[str, Any]:
    """Return the keyword of the intake, ``sigma`` (Jy) or ``weight`` (1/Jy^2), with its values."""
    if "weight" in values and "sigma" in values:
        raise DataError(f"{path.name} has both weight and sigma: remove one column")
    if "sigma" in values:
        return {"sigma": values["sigma"] * _jansky(path, header, "sigma")}
    if "weight" in values:
        return {"weight": values["weight"]}
    raise FormatError(f"{path.name} has neither a weight nor a sigma column")


def mjd_of(header: Header, values: dict[str, Floats], day: float | None) -> tuple[Floats | None, tuple[str, ...]]:
    """Return Modified Julian Dates, None where there are none or they would need a day, and a note."""
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


def _jansky(path: Path, header: Header, name: str) -> float:
    unit = header.units[name]
    if unit not in _JANSKY:
        raise DataError(f"{path.name}: column {name} is in {unit!r}, expected Jy or mJy")
    return _JANSKY[unit]
