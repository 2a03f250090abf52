"""The single door of the room: arrays of any make become visibilities, and what is left out is counted."""

from types import MappingProxyType
from typing import Any

import numpy as np
from astropy import units
from numpy.typing import NDArray

from bayesim.data._convert import antennas, complexes, floats, mjd, phase_direction, unmask, wavelengths
from bayesim.data._usable import usable
from bayesim.data._visibilities import Account, Visibilities
from bayesim.errors import DataError

__all__ = ["from_arrays"]

Floats = NDArray[np.float64]

Bools = NDArray[np.bool_]


def from_arrays(
    u: Any,
    v: Any,
    data: Any,
    *,
    w: Any = None,
    weight: Any = None,
    sigma: Any = None,
    flag: Any = None,
    antenna1: Any = None,
    antenna2: Any = None,
    time: Any = None,
    frequency: Any = None,
    phase_centre: Any = None,
    antenna_names: tuple[str, ...] = (),
    source: str = "arrays",
    notes: tuple[str, ...] = (),
) -> Visibilities:
    """Build visibilities from arrays with one value per visibility.

    Parameters
    ----------
    u, v, w : array_like, shape (n,)
        Baseline for ``exp(-2 pi i (ul + vm + w(n-1)))`` in wavelengths, or Quantities in metres together with
        ``frequency``. Without ``w`` it is zero, which a note records.
    data : array_like of complex, shape (n,)
        Visibilities in Jy, or a Quantity. A masked array flags where it is masked (so do ``u``, ``v``, ...).
    weight : array_like, scalar or shape (n,)
        ``1/sigma^2`` of one real component in 1/Jy^2; zero or negative (as in AIPS) means flagged.
    sigma : array_like, scalar or shape (n,)
        Standard deviation of one real component in Jy, instead of ``weight``; infinite means weight zero.
    flag : array_like of bool, shape (n,), optional
        True where the visibility is not to be used.
    antenna1, antenna2 : array_like of int, optional
        Antenna numbers, -1 where unknown. ``u, v, w`` is position 1 minus position 2 in all of bayesim's readers.
    time : array_like, Time or Quantity, optional
        Modified Julian Date (UTC) in days.
    frequency : array_like or Quantity, scalar or shape (n,), optional
        Hz.
    phase_centre : pair of angles or SkyCoord, optional
        Right ascension and declination; bare numbers are radians.
    antenna_names : tuple of str
        Names by antenna number.
    source : str
        What the account calls the origin.
    notes : tuple of str
        Sentences for the account.

    Returns
    -------
    Visibilities
        Contiguous float64 copies. Flagged rows, zero weights, autocorrelations (one antenna, or ``u = v = w = 0``),
        repeated rows and the second half of Hermitian pairs are left out and counted in ``account.dropped``.
        One visibility is enough.

    Raises
    ------
    DataError
        Nothing usable is left, shapes differ, NaN or infinite values are not flagged, both or neither of
        ``weight`` and ``sigma`` are given, or rows contradict each other (see below).

    Notes
    -----
    Rows are repetitions when everything known about them is exactly equal, or conjugate; one is kept and its
    weight is *not* added up, because copies of a measurement carry no information. Rows with the same known
    antennas, time and frequency but other data are refused. Redundant baselines (same ``u, v, w``, other data)
    are measurements of their own.
    """
    masks = [unmask(values)[1] for values in (u, v, w, data, weight, sigma)]
    u, v, w, data, weight, sigma = (unmask(values)[0] for values in (u, v, w, data, weight, sigma))
    vis = complexes(data)
    shape = vis.shape
    if not vis.size:
        raise DataError("no visibility is given: data is empty")
    hertz = (
        np.full(shape, np.nan) if frequency is None else floats("frequency", frequency, unit=units.Hz, shape=shape)
    )
    columns: dict[str, NDArray[Any]] = {
        "u": wavelengths("u", u, hertz, shape),
        "v": wavelengths("v", v, hertz, shape),
        "w": np.zeros(shape) if w is None else wavelengths("w", w, hertz, shape),
        "data": vis,
        "weight": _weights(weight, sigma, shape),
        "antenna1": antennas("antenna1", antenna1, shape),
        "antenna2": antennas("antenna2", antenna2, shape),
        "time": mjd(time, shape),
        "frequency": hertz,
    }
    if w is None:
        notes = (*notes, "w was not given and is taken as zero")
    columns, dropped, notes = usable(columns, _flags(flag, masks, shape), notes)
    account = Account(source=source, read=vis.size, dropped=MappingProxyType(dropped), notes=tuple(notes))
    centre = phase_direction(phase_centre)
    return Visibilities(**columns, phase_centre=centre, antenna_names=tuple(antenna_names), account=account)


def _weights(weight: object, sigma: object, shape: tuple[int, ...]) -> Floats:
    if (weight is None) == (sigma is None):
        raise DataError("give exactly one of weight (1/sigma^2) and sigma (of one real component)")
    if weight is not None:
        return floats("weight", weight, unit=units.Jy**-2, shape=shape)
    deviation = floats("sigma", sigma, unit=units.Jy, shape=shape)
    bad = np.flatnonzero(deviation < 0)
    if bad.size:
        raise DataError(f"sigma is negative in {bad.size} rows (first: {bad[:5].tolist()}); flag these rows")
    # sigma = 0 becomes an infinite weight, which is refused below unless the row is flagged
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        return np.asarray(1.0 / np.square(deviation))


def _flags(flag: object, masks: list[Bools | None], shape: tuple[int, ...]) -> Bools:
    flags = np.zeros(shape, dtype=np.bool_)
    if flag is not None:
        given = np.asarray(flag)
        if given.dtype.kind not in "biu" or given.shape not in ((), shape):
            raise DataError(f"flag has shape {given.shape} of {given.dtype}, expected {shape} of bool")
        flags |= given.astype(np.bool_)
    for mask in masks:
        if mask is not None and mask.shape in ((), shape):
            flags |= mask
    return flags
