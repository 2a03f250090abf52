"""Samples that say the same thing twice: repeated rows, and the other Hermitian half."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import DataError

__all__ = ["Samples", "repeated"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# odd constant of splitmix64 (Steele, Lea & Flood 2014): spreads the bits of a float over the word
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Samples:
    """The columns by which two samples are compared; ``row`` is their number in the input."""

    uvw: Floats
    data: NDArray[np.complex128]
    weight: Floats
    antennas: NDArray[np.int32]
    time: Floats
    frequency: Floats
    row: NDArray[np.int64]

    def oriented(self) -> tuple[Bools, list[Floats]]:
        """Turn every sample to the same Hermitian half.

        Returns
        -------
        turned : ndarray of bool
            Samples whose conjugate was taken.
        columns : list of ndarray
            u, v, w, real, imaginary part, antennas (unordered), time and frequency of the chosen half.
        """
        u, v, w = self.uvw
        turned = (u < 0) | ((u == 0) & ((v < 0) | ((v == 0) & (w < 0))))
        sign = np.where(turned, -1.0, 1.0)
        columns = [u * sign, v * sign, w * sign, self.data.real, self.data.imag * sign, *self.identity()]
        # adding zero makes -0.0 equal to 0.0 bit for bit
        return turned, [column + 0.0 for column in columns]

    def identity(self) -> list[Floats]:
        """Return the unordered antenna pair, time and frequency; unknown values compare equal."""
        pair = np.sort(self.antennas, axis=0).astype(np.float64)
        return [pair[0], pair[1], np.nan_to_num(self.time, nan=-1.0), np.nan_to_num(self.frequency, nan=-1.0)]

    def identified(self) -> bool:
        """Tell whether antennas, time and frequency of every sample are known."""
        known = np.all(self.antennas >= 0) and np.all(np.isfinite(self.time)) and np.all(self.frequency > 0)
        return bool(known)


def _first_equal(columns: list[Floats]) -> NDArray[np.int64]:
    """Return for every sample the first sample with exactly the same columns (itself where there is none)."""
    key = np.zeros(columns[0].size, dtype=np.uint64)
    for column in columns:
        key = (key ^ np.ascontiguousarray(column).view(np.uint64)) * _MIX
        key ^= key >> np.uint64(29)
    if np.all(np.diff(np.sort(key))):
        # no two alike, as in nearly every file: a third of the time of finding out which
        return np.arange(key.size)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    candidate = np.asarray(first[inverse], dtype=np.int64)
    here = np.flatnonzero(candidate != np.arange(candidate.size))
    # a collision of the hash must not make two different samples one
    same = np.ones(here.size, dtype=np.bool_)
    for column in columns:
        same &= column[here] == column[candidate[here]]
    candidate[here[~same]] = here[~same]
    return candidate


def repeated(samples: Samples) -> tuple[Bools, Bools]:
    """Find samples that repeat an earlier one.

    Two samples are one when baseline coordinates, data and whatever is known of antennas, time and frequency
    are exactly equal, or all exactly conjugate. Equal coordinates with other data are separate measurements
    (redundant baselines), unless antennas, time and frequency are all known and say that they are not.

    Returns
    -------
    repeats, conjugates : ndarray of bool
        Later copies, as they are and conjugated.

    Raises
    ------
    DataError
        The same antennas, time and frequency with other data or coordinates, or the same data with other weights.
    """
    turned, columns = samples.oriented()
    first = _first_equal(columns)
    copy = first != np.arange(first.size)
    _refuse(samples, copy & (samples.weight != samples.weight[first]), first, "the same visibility, other weights")
    if samples.identified():
        same_name = _first_equal(samples.identity())
        _refuse(
            samples, ~copy & (same_name != np.arange(first.size)), same_name, "the same antennas, time and frequency"
        )
    return copy & (turned == turned[first]), copy & (turned != turned[first])


def _refuse(samples: Samples, bad: Bools, partner: NDArray[np.int64], what: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        one, other = samples.row[partner[rows[0]]], samples.row[rows[0]]
        raise DataError(
            f"{rows.size} rows repeat another one in part (first: rows {one} and {other} hold {what}): "
            "drop one of each pair, or leave out time= where they are separate measurements"
        )
