"""UVFITS (AIPS random groups; AIPS Memo 117): calibrated visibilities of one source."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy import units
from astropy.coordinates import FK4, FK5, ICRS, SkyCoord
from astropy.time import Time
from numpy.typing import NDArray

from bayesim.data._intake import from_arrays
from bayesim.data._random_groups import RandomGroups, load, starts_like_groups
from bayesim.data._stokes import intensity
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["matches", "read"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# AIPS Memo 117, section 3.1: values of the STOKES axis
_STOKES = {
    1: "I",
    2: "Q",
    3: "U",
    4: "V",
    -1: "RR",
    -2: "LL",
    -3: "RL",
    -4: "LR",
    -5: "XX",
    -6: "YY",
    -7: "XY",
    -8: "YX",
}
_LARGEST = 2.0**53
"""Integers beyond are not exact in float64; no station number or frequency (Hz) comes near."""
_JD_TO_MJD = 2_400_000.5
_ATOMIC = ("IAT", "TAI")


def matches(path: Path) -> bool:
    """Tell whether the file starts as a FITS file of random groups does."""
    return starts_like_groups(path)


def read(path: str | Path) -> Visibilities:
    """Read a UVFITS file.

    Parameters
    ----------
    path : path
        File with one source; all IFs and channels are read, at their own frequencies.

    Returns
    -------
    Visibilities
        Stokes I of the parallel hands. The file's kernel is ``exp(+2 pi i (ul + vm))`` with position 1 minus
        position 2, so the data are conjugated and ``u, v, w`` (seconds in the file) are multiplied by the frequency
        only. Weights at or below zero are flags.

    Raises
    ------
    FormatError
        The file is damaged, truncated, or is no UVFITS.
    DataError
        It holds several sources, or its values cannot be used (see :func:`bayesim.data.from_arrays`).
    """
    path = Path(path)
    groups = load(path)
    _one_source(path, groups)
    n_group, n_if, n_freq = groups.cube.shape[:3]
    if groups.cube.shape[4] not in (2, 3):
        raise FormatError(f"{path.name}: COMPLEX axis of length {groups.cube.shape[4]}, expected 3 (re, im, weight)")
    cube = groups.cube.astype(np.float64)
    weight = cube[..., 2] if cube.shape[4] == 3 else np.ones(cube.shape[:4])
    data, weight, notes = intensity(cube[..., 0] - 1j * cube[..., 1], weight, _correlations(path, groups))
    if groups.cube.shape[4] == 2:
        notes += ("the file holds no weights: 1 was taken",)
    frequency = _frequencies(path, groups, n_if, n_freq)
    u, v, w = ((_coordinate(path, groups, axis)[:, None, None] * frequency).ravel() for axis in ("UU", "VV", "WW"))
    one, two, names = _antennas(path, groups)
    centre, frame = _phase_centre(groups)
    time = np.repeat(_time(path, groups), n_if * n_freq)
    return from_arrays(
        u,
        v,
        data.ravel(),
        w=w,
        weight=weight.ravel(),
        antenna1=np.repeat(one, n_if * n_freq),
        antenna2=np.repeat(two, n_if * n_freq),
        time=time,
        frequency=np.broadcast_to(frequency, (n_group, n_if, n_freq)).ravel(),
        phase_centre=centre,
        antenna_names=names,
        source=path.name,
        notes=("UVFITS: conjugated for the kernel exp(-2 pi i ...)", *notes, *frame),
    )


def _one_source(path: Path, groups: RandomGroups) -> None:
    number = groups.parameters.get("SOURCE")
    if number is not None and np.unique(number).size > 1:
        raise DataError(f"{path.name} holds {np.unique(number).size} sources: split it by source first")


def _card(groups: RandomGroups, key: str) -> float:
    value = groups.header.get(key, 1.0)
    if isinstance(value, str) or not np.isfinite(value):
        raise FormatError(f"the header has {key} = {value!r}, not a number")
    return float(value)


def _axis(groups: RandomGroups, name: str) -> tuple[float, float, float]:
    """Return reference value, increment and reference pixel (1-based) of an axis by its CTYPE."""
    for key, value in groups.header.items():
        if key.startswith("CTYPE") and str(value).strip() == name:
            k = key.removeprefix("CTYPE")
            return _card(groups, f"CRVAL{k}"), _card(groups, f"CDELT{k}"), _card(groups, f"CRPIX{k}")
    raise FormatError(f"the header has no {name} axis")


def _correlations(path: Path, groups: RandomGroups) -> tuple[str, ...]:
    value, step, pixel = _axis(groups, "STOKES")
    codes = value + step * (np.arange(groups.cube.shape[3]) + 1 - pixel)
    names = tuple(_STOKES.get(int(code), "") if code == np.round(code) else "" for code in codes)
    if "" in names:
        raise FormatError(f"{path.name}: STOKES axis holds {codes.tolist()}, not codes of AIPS")
    return names


def _coordinate(path: Path, groups: RandomGroups, axis: str) -> Floats:
    """Return UU, VV or WW in seconds, whatever suffix (``UU--``, ``UU---SIN``, ``UU-L``) the name has."""
    found = [name for name in groups.parameters if name == axis or name.startswith(f"{axis}-")]
    if len(found) != 1:
        raise FormatError(f"{path.name} has {len(found)} random parameters {axis}, expected one")
    if found[0].endswith("-L"):
        return groups.parameters[found[0]] / _axis(groups, "FREQ")[0]
    return groups.parameters[found[0]]


def _frequencies(path: Path, groups: RandomGroups, n_if: int, n_freq: int) -> Floats:
    """Return Hz, shape (1 or n_group, n_if, n_freq): header axis plus the offsets of the FQ table."""
    value, step, pixel = _axis(groups, "FREQ")
    channel = step * (np.arange(n_freq) + 1 - pixel)
    offset, side = np.zeros((1, n_if)), np.ones((1, n_if))
    if groups.setups is not None:
        table = groups.setups
        rows = _setup_rows(path, groups, table)
        offset = _numbers_of(path, table, "IF FREQ").reshape(len(table["FRQSEL"]), -1)[rows]
        if "SIDEBAND" in table:
            side = np.where(
                _numbers_of(path, table, "SIDEBAND").reshape(len(table["FRQSEL"]), -1)[rows] < 0, -1.0, 1.0
            )
    if offset.shape[1] != n_if or side.shape[1] != n_if:
        raise FormatError(f"{path.name}: the FQ table has {offset.shape[1]} IFs, the data {n_if}")
    frequency = value + offset[:, :, None] + side[:, :, None] * channel
    if not (np.all(np.isfinite(frequency)) and np.all(frequency > 0)):
        raise FormatError(f"{path.name}: frequencies must be positive, lowest {frequency.min()} Hz")
    return np.asarray(frequency)


def _numbers_of(path: Path, table: dict[str, NDArray[Any]], name: str) -> Floats:
    column = table[name]
    if column.dtype.kind not in "iuf" or not np.all(np.isfinite(column) & (np.abs(column) < _LARGEST)):
        raise FormatError(f"{path.name}: the table column {name} of {column.dtype} does not hold usable numbers")
    return column.astype(np.float64)


def _setup_rows(path: Path, groups: RandomGroups, table: dict[str, NDArray[Any]]) -> Integers:
    if not {"FRQSEL", "IF FREQ"} <= set(table) or not len(table["FRQSEL"]):
        raise FormatError(f"{path.name}: the FQ table lacks FRQSEL or IF FREQ")
    selection = groups.parameters.get("FREQSEL")
    if selection is None:
        return np.zeros(1, dtype=np.int64)
    return _positions(
        path,
        _numbers_of(path, table, "FRQSEL").ravel().astype(np.int64),
        selection.astype(np.int64),
        "frequency setup",
    )


def _positions(path: Path, known: Integers, asked: Integers, what: str) -> Integers:
    """Return where each asked number stands among the known ones."""
    order = np.argsort(known, kind="stable")
    place = np.minimum(np.searchsorted(known[order], asked), known.size - 1)
    found = order[place]
    missing = np.unique(asked[known[found] != asked])
    if missing.size:
        raise FormatError(f"{path.name}: {what} {missing[:5].tolist()} is not in the file's table")
    return np.asarray(found)


def _numbers(path: Path, groups: RandomGroups) -> tuple[Integers, Integers, Integers]:
    """Return antenna numbers (1-based, as in the file) and the subarray (0-based) of every group."""
    parameters = groups.parameters
    if "BASELINE" in parameters:
        code = parameters["BASELINE"]
        if not np.all((code >= 257) & (code < 2**31)):
            raise FormatError(f"{path.name}: BASELINE must be at least 257 (256 * antenna 1 + antenna 2)")
        whole = np.floor(code).astype(np.int64)
        # 2048 * antenna 1 + antenna 2 + 65536 where there are more than 255 antennas
        many = whole > 65536
        one = np.where(many, (whole - 65536) // 2048, whole // 256)
        two = np.where(many, (whole - 65536) % 2048, whole % 256)
        return one, two, np.round((code - whole) * 100).astype(np.int64)
    if {"ANTENNA1", "ANTENNA2"} <= set(parameters):
        subarray = parameters.get("SUBARRAY", np.ones_like(parameters["ANTENNA1"])) - 1
        columns = (parameters["ANTENNA1"], parameters["ANTENNA2"], subarray)
        if all(np.all(np.abs(column) < 2**31) for column in columns):
            one, two, sub = (column.astype(np.int64) for column in columns)
            return one, two, sub
    raise FormatError(f"{path.name} has neither BASELINE nor usable ANTENNA1, ANTENNA2")


def _antennas(path: Path, groups: RandomGroups) -> tuple[Integers, Integers, tuple[str, ...]]:
    """Return antenna numbers as positions in the list of names (0-based), subarrays one after the other."""
    one, two, subarray = _numbers(path, groups)
    if not groups.antennas:
        return one - 1, two - 1, ()
    # a station is known by its subarray and its number in it
    width = 2**32
    keys, names = [], []
    for index, (header, table) in enumerate(groups.antennas):
        if not {"NOSTA", "ANNAME"} <= set(table) or table["NOSTA"].shape != table["ANNAME"].shape:
            raise FormatError(
                f"{path.name}: the antenna table {header.get('EXTVER', index + 1)} lacks NOSTA or ANNAME"
            )
        keys.append(index * width + _numbers_of(path, table, "NOSTA").astype(np.int64))
        names += [str(name).strip() for name in table["ANNAME"]]
    known = np.concatenate(keys)
    if not known.size:
        raise FormatError(f"{path.name}: the antenna table is empty")
    one = _positions(path, known, subarray * width + one, "antenna")
    return one, _positions(path, known, subarray * width + two, "antenna"), tuple(names)


def _time(path: Path, groups: RandomGroups) -> Floats:
    """Return Modified Julian Dates in UTC."""
    if "DATE" not in groups.parameters:
        raise FormatError(f"{path.name} has no random parameter DATE")
    time = groups.parameters["DATE"] + groups.parameters.get("_DATE", 0.0) - _JD_TO_MJD
    header = groups.antennas[0][0] if groups.antennas else {}
    scale = str(header.get("TIMSYS", header.get("TIMESYS", "UTC"))).strip()
    # outside these years astropy has no leap seconds to go by
    if scale in _ATOMIC and np.all((time > 41_317) & (time < 80_000)):
        return np.asarray(Time(time, format="mjd", scale="tai").utc.mjd)
    return np.asarray(time)


def _phase_centre(groups: RandomGroups) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the phase centre (ICRS, radians) and a note where the file's axes are of another equinox."""
    try:
        ra, dec = _axis(groups, "RA")[0], _axis(groups, "DEC")[0]
    except FormatError:
        return None, ("the header names no phase centre",)
    if not (np.isfinite(ra) and abs(dec) <= 90):
        raise FormatError(f"the phase centre RA {ra}, DEC {dec} degrees is not on the sky")
    equinox = str(groups.header.get("EQUINOX", groups.header.get("EPOCH", 2000.0))).strip().lstrip("JB")
    if equinox not in ("1950", "1950.0"):
        sky = SkyCoord(ra * units.deg, dec * units.deg, frame=FK5(equinox="J2000"))
        return (float(sky.ra.rad), float(sky.dec.rad)), ()
    sky = SkyCoord(ra * units.deg, dec * units.deg, frame=FK4(equinox="B1950")).transform_to(ICRS())
    note = "the file is of equinox B1950: the phase centre was converted, u and v keep the axes of B1950"
    return (float(sky.ra.rad), float(sky.dec.rad)), (note,)
