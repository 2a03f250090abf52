"""Visibilities sorted into bins of baseline length, antenna, time and frequency."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities

__all__ = ["FAMILIES", "VisibilityBins", "bin_visibilities"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

FAMILIES = ("baseline", "antenna", "time", "frequency")
"""Ways to sort visibilities."""


@dataclass(frozen=True, eq=False)
class VisibilityBins:
    """Bins of several families; every visibility is in one bin of each, and in two of the family ``antenna``.

    Parameters
    ----------
    family, name : tuple of str
        Of every bin; names are the antenna's, or counted from 1.
    low, high : ndarray, shape (bins,)
        Ends, both inside: wavelengths, antenna numbers, Modified Julian Dates, Hz.
    count : ndarray of int64, shape (bins,)
        Visibilities.
    members : tuple of (ndarray, ndarray)
        Pairs of visibilities and the bins that they are in.
    notes : tuple of str
        What could not be sorted, and why.
    """

    family: tuple[str, ...]
    name: tuple[str, ...]
    low: Floats
    high: Floats
    count: Indices
    members: tuple[tuple[Indices, Indices], ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.family)

    def sum(self, values: Floats) -> Floats:
        """Return the sum of ``values`` (n_vis,) in every bin."""
        total = np.zeros(len(self))
        for rows, bins in self.members:
            total += np.bincount(bins, weights=values[rows], minlength=len(self))
        return total


def bin_visibilities(vis: Visibilities, *, bins: int = 12) -> VisibilityBins:
    """Sort visibilities by baseline length, antenna, time and frequency.

    Parameters
    ----------
    vis : Visibilities
        The data.
    bins : int
        Largest number of bins along each of baseline length, time and frequency, of about equal counts; equal values
        stay together. Every antenna is a bin. A family with fewer than two bins is left out, and noted.
    """
    quantities = {"baseline": np.hypot(vis.u, vis.v), "time": vis.time, "frequency": vis.frequency}
    parts: list[_Family] = []
    notes: list[str] = []
    for family in FAMILIES:
        part = _antennas(vis) if family == "antenna" else _ranges(family, quantities[family], bins)
        missing = len(vis) - part.known
        if part.low.size < 2:
            notes.append(f"{family}: {'unknown' if not part.known else 'one value'}, no bins")
            continue
        if missing:
            notes.append(f"{family}: unknown for {missing} of {len(vis)} visibilities, which are in no bin of it")
        parts.append(part)
    return _joined(parts, notes)


@dataclass(frozen=True, eq=False)
class _Family:
    family: str
    name: tuple[str, ...]
    low: Floats
    high: Floats
    members: tuple[tuple[Indices, Indices], ...]
    known: int


def _ranges(family: str, values: Floats, bins: int) -> _Family:
    rows = np.flatnonzero(np.isfinite(values))
    distinct, place, counts = np.unique(values[rows], return_inverse=True, return_counts=True)
    # the bin of a value is that of the middle of its visibilities in the sorted list
    middle = (np.cumsum(counts) - counts / 2) / max(rows.size, 1)
    _, of_value = np.unique((middle * bins).astype(np.int64), return_inverse=True)
    first = np.flatnonzero(np.diff(of_value, prepend=-1))
    ends = [*(first[1:] - 1), distinct.size - 1] if first.size else []
    name = tuple(str(k + 1) for k in range(first.size))
    return _Family(family, name, distinct[first], distinct[ends], ((rows, of_value[place]),), rows.size)


def _antennas(vis: Visibilities) -> _Family:
    rows = np.flatnonzero((vis.antenna1 >= 0) & (vis.antenna2 >= 0))
    ends = [vis.antenna1[rows], vis.antenna2[rows]]
    present, place = np.unique(np.concatenate(ends), return_inverse=True)
    names = tuple(vis.antenna_names[k] if k < len(vis.antenna_names) else str(k) for k in present)
    members = (rows, place[: rows.size]), (rows, place[rows.size :])
    return _Family("antenna", names, present.astype(float), present.astype(float), members, rows.size)


def _joined(parts: list[_Family], notes: list[str]) -> VisibilityBins:
    start, members = 0, list[tuple[Any, Any]]()
    for part in parts:
        members += [(rows, bins + start) for rows, bins in part.members]
        start += part.low.size
    count = np.zeros(start, dtype=np.int64)
    for _, bins in members:
        count += np.bincount(bins, minlength=start)
    nothing = [np.empty(0)]
    return VisibilityBins(
        family=tuple(part.family for part in parts for _ in part.name),
        name=tuple(name for part in parts for name in part.name),
        low=np.concatenate([part.low for part in parts] or nothing),
        high=np.concatenate([part.high for part in parts] or nothing),
        count=count,
        members=tuple(members),
        notes=tuple(notes),
    )
