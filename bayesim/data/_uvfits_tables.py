"""Tables of a UVFITS file: frequencies (AIPS FQ) and antennas (AIPS AN) of every group."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._random_groups import RandomGroups
from bayesim.data._uvfits_header import regular_axis
from bayesim.errors import FormatError

__all__ = ["antennas", "frequencies"]

Floats = NDArray[np.float64]

Integers = NDArray[np.int64]

_LARGEST = 2.0**53
"""Integers beyond are not exact in float64; no station number or frequency (Hz) comes near."""


def frequencies(path: Path, groups: RandomGroups, n_if: int, n_freq: int) -> Floats:
    """Return Hz, shape (1 or n_group, n_if, n_freq): header axis plus the offsets of the FQ table."""
    value, step, pixel = regular_axis(groups, "FREQ")
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


def antennas(path: Path, groups: RandomGroups) -> tuple[Integers, Integers, tuple[str, ...]]:
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


def _numbers_of(path: Path, table: dict[str, NDArray[Any]], name: str) -> Floats:
    column = table[name]
    if column.dtype.kind not in "iuf" or not np.all(np.isfinite(column) & (np.abs(column) < _LARGEST)):
        raise FormatError(f"{path.name}: the table column {name} of {column.dtype} does not hold usable numbers")
    return column.astype(np.float64)


def _positions(path: Path, known: Integers, asked: Integers, what: str) -> Integers:
    """Return where each asked number stands among the known ones."""
    order = np.argsort(known, kind="stable")
    place = np.minimum(np.searchsorted(known[order], asked), known.size - 1)
    found = order[place]
    missing = np.unique(asked[known[found] != asked])
    if missing.size:
        raise FormatError(f"{path.name}: {what} {missing[:5].tolist()} is not in the file's table")
    return np.asarray(found)
