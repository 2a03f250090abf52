"""Which rows are of use? The others are left out, reason by reason, and counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._duplicates import Samples, repeated
from bayesim.errors import DataError

__all__ = ["usable"]

Bools = NDArray[np.bool_]


def usable(
    columns: dict[str, NDArray[Any]], flags: Bools, notes: tuple[str, ...]
) -> tuple[dict[str, NDArray[Any]], dict[str, int], tuple[str, ...]]:
    """Leave out rows by reason, in this order, and return what is left, the counts and the notes."""
    rows = np.arange(flags.size)
    dropped: dict[str, int] = {}

    def drop(bad: Bools, reason: str) -> None:
        nonlocal columns, rows
        lost = int(np.count_nonzero(bad))
        if lost:
            dropped[reason] = lost
            rows = rows[~bad]
            columns = {name: column[~bad] for name, column in columns.items()}
        if not rows.size:
            raise DataError(f"no visibility is left of {flags.size}: {dropped}")

    drop(flags, "flagged")
    drop(_autocorrelation(columns), "autocorrelation")
    _finite(columns, ("weight",), rows)
    drop(columns["weight"] <= 0, "zero weight")
    _finite(columns, ("u", "v", "w", "data"), rows)
    repeats, conjugates = repeated(_samples(columns, rows))
    half = conjugates[~repeats]
    drop(repeats, "duplicate")
    drop(half, "hermitian duplicate")
    for name, what in (
        ("duplicate", "repeat another row exactly"),
        ("hermitian duplicate", "are conjugates of others"),
    ):
        if name in dropped:
            notes = (*notes, f"{dropped[name]} rows {what}: one of each was kept, with its own weight")
    return columns, dropped, notes


def _autocorrelation(columns: dict[str, NDArray[Any]]) -> Bools:
    same = (columns["antenna1"] == columns["antenna2"]) & (columns["antenna1"] >= 0)
    return np.asarray(same | ((columns["u"] == 0) & (columns["v"] == 0) & (columns["w"] == 0)))


def _finite(columns: dict[str, NDArray[Any]], names: tuple[str, ...], rows: NDArray[np.int64]) -> None:
    for name in names:
        bad = rows[~np.isfinite(columns[name])]
        if bad.size:
            raise DataError(
                f"{name} is NaN or infinite in {bad.size} rows (first: {bad[:5].tolist()}); flag or repair these rows"
            )


def _samples(columns: dict[str, NDArray[Any]], rows: NDArray[np.int64]) -> Samples:
    return Samples(
        uvw=np.stack([columns["u"], columns["v"], columns["w"]]),
        data=columns["data"],
        weight=columns["weight"],
        antennas=np.stack([columns["antenna1"], columns["antenna2"]]),
        time=columns["time"],
        frequency=columns["frequency"],
        row=rows,
    )
