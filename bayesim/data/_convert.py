"""Foreign arrays (Quantities, masked, big-endian, strided, float32) to plain native ones, or a refusal."""

from typing import Any

import numpy as np
from astropy import units
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT, radians
from bayesim.errors import DataError

__all__ = ["antennas", "complexes", "floats", "mjd", "phase_direction", "unmask", "wavelengths"]

Floats = NDArray[np.float64]

_NUMBERS = "iuf"


def unmask(values: Any) -> tuple[Any, NDArray[np.bool_] | None]:
    """Split a masked array into its data and its mask (true = flagged); anything else has no mask."""
    if isinstance(values, np.ma.MaskedArray):
        return values.data, np.ma.getmaskarray(values)
    return values, None


def _array(name: str, values: Any, *, kinds: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is not an array of numbers: {error}") from error
    if array.dtype.kind not in kinds:
        wanted = "complex" if kinds == "c" else "real"
        raise DataError(f"{name} holds {array.dtype}, expected {wanted} numbers (re + 1j * im for visibilities)")
    if array.ndim > 1:
        raise DataError(f"{name} has shape {array.shape}, expected one axis: give one value per visibility")
    return array


def floats(name: str, values: Any, *, unit: units.UnitBase, shape: tuple[int, ...] | None = None) -> Floats:
    """Return a contiguous float64 copy in ``unit`` (bare numbers are taken to be in it already).

    With ``shape`` a scalar is spread over all samples.

    Raises
    ------
    DataError
        Not real numbers, a unit that cannot be converted, or another length than ``shape``.
    """
    if isinstance(values, units.Quantity):
        try:
            values = values.to_value(unit)
        except units.UnitsError as error:
            raise DataError(f"{name} is in {values.unit}, which cannot be read as {unit or 'wavelengths'}") from error
    array = np.array(_array(name, values, kinds=_NUMBERS), dtype=np.float64, order="C")
    return array if shape is None else _spread(name, array, shape)


def _spread(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if array.shape not in ((), shape):
        raise DataError(f"{name} has shape {array.shape}, data has {shape}: give one value, or one per visibility")
    return np.ascontiguousarray(np.broadcast_to(array, shape)) if array.shape != shape else array


def complexes(values: Any) -> NDArray[np.complex128]:
    """Return visibilities in Jy as a contiguous complex128 copy; real numbers are refused."""
    if isinstance(values, units.Quantity):
        try:
            values = values.to_value(units.Jy)
        except units.UnitsError as error:
            raise DataError(f"data is in {values.unit}, which cannot be read as Jy") from error
    array = np.array(_array("data", values, kinds="c"), dtype=np.complex128, order="C")
    if array.ndim != 1:
        raise DataError("data is one number: give an array with one axis")
    return array


def wavelengths(name: str, values: Any, frequency: Floats, shape: tuple[int, ...]) -> Floats:
    """Return a baseline coordinate in wavelengths; a Quantity in metres needs the frequency (Hz) of its samples."""
    if isinstance(values, units.Quantity) and values.unit.is_equivalent(units.m):
        if not np.all(frequency > 0):
            raise DataError(f"{name} is in {values.unit}: give frequency= (Hz) so that it becomes wavelengths")
        return floats(name, values, unit=units.m, shape=shape) * (frequency / SPEED_OF_LIGHT)
    return floats(name, values, unit=units.dimensionless_unscaled, shape=shape)


def antennas(name: str, values: Any, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """Return antenna numbers as int32, -1 where unknown (``values`` None)."""
    if values is None:
        return np.full(shape, -1, dtype=np.int32)
    array = _array(name, values, kinds="iu")
    limit = np.iinfo(np.int32).max
    if array.size and (int(array.min()) < -1 or int(array.max()) > limit):
        raise DataError(f"{name} must lie in -1 (unknown) to {limit}, has {array.min()} to {array.max()}")
    return np.array(_spread(name, array.astype(np.int32), shape))


def mjd(values: Any, shape: tuple[int, ...]) -> Floats:
    """Return Modified Julian Dates (UTC, days) from numbers, a Quantity or an astropy Time; NaN for None."""
    if values is None:
        return np.full(shape, np.nan)
    # an astropy Time; its module takes a second to import, and whoever has one has imported it
    if hasattr(values, "utc"):
        values = values.utc.mjd
    return floats("time", values, unit=units.day, shape=shape)


def phase_direction(centre: Any) -> tuple[float, float] | None:
    """Return (right ascension, declination) in radians from a pair of angles or a SkyCoord (ICRS); None stays."""
    if centre is None:
        return None
    # a SkyCoord, see above
    if hasattr(centre, "icrs"):
        return float(centre.icrs.ra.rad), float(centre.icrs.dec.rad)
    try:
        right_ascension, declination = centre
    except (TypeError, ValueError) as error:
        raise DataError(f"phase_centre {centre!r} must be a pair (right ascension, declination)") from error
    pair = radians(right_ascension), radians(declination)
    if not np.all(np.isfinite(pair)):
        raise DataError(f"phase_centre {pair} must be finite")
    return pair
