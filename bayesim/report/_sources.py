"""The catalogue as rows of text."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy import units
from astropy.coordinates import Angle
from astropy.table import Table

__all__ = ["Listing", "listing"]

_ROWS = 200
"""Rows on the page; the file holds all of them."""


@dataclass(frozen=True)
class Listing:
    """Head and rows of the table, and what is said below it.

    Parameters
    ----------
    head : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        Values as text.
    notes : tuple of str
        What the intervals are, how many rows are not shown, and how positions are meant.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def listing(table: Table) -> Listing:
    """Write a catalogue (:func:`bayesim.maps.catalogue`) as text, at most 200 rows."""
    shown = table[:_ROWS]
    placed = len(table) > 0 and bool(np.isfinite(np.asarray(table["ra"])).all())
    sampled = len(table) > 0 and bool(np.isfinite(np.asarray(table["probability"])).any())
    head = ["", "East (″)", "North (″)"] + ["RA (ICRS)", "Dec"] * placed + ["Flux (Jy)", "Interval (Jy)"]
    head += (
        ["Flux / error"] + [_chance(table)] * sampled + ["Pixels"] * ("pixels" in table.colnames) + ["Certificate"]
    )
    rows = tuple(_row(number, row, placed=placed, sampled=sampled) for number, row in enumerate(shown, start=1))
    notes = [f"{label} ({count})" for label, count in _labels(table).items()]
    if len(table) > _ROWS:
        notes.append(f"{len(table) - _ROWS} fainter rows are in the catalogue's file only")
    said = {"positions": "Positions", "position_errors": "Position errors"}
    notes += [f"{words}: {table.meta[key]}" for key, words in said.items() if key in table.meta]
    return Listing(tuple(head), rows, tuple(notes))


def _row(number: int, row: Any, *, placed: bool, sampled: bool) -> tuple[str, ...]:
    cells = [str(number), _offset(row["l"], row["l_sd"]), _offset(row["m"], row["m_sd"])]
    if placed:
        cells += [_sexagesimal(row["ra"], hours=True), _sexagesimal(row["dec"], hours=False)]
    known = np.isfinite(row["flux_low"])
    interval = f"{row['flux_low']:.4g} to {row['flux_high']:.4g}" if known else "none"
    cells += [f"{row['flux']:.4g}", interval, f"{row['significance']:.1f}"]
    if sampled:
        cells.append(f"{row['probability']:.3f}" if np.isfinite(row["probability"]) else "none")
    if "pixels" in row.colnames:
        cells.append(str(row["pixels"]))
    return (*cells, f"{row['peak_certificate']:.4f}")


def _chance(table: Table) -> str:
    """Return what the column ``probability`` is of: islands of pixels have flux, sources exist."""
    return "P(flux > 3σ)" if "pixels" in table.colnames else "P(source)"


def _offset(degrees: float, error: float) -> str:
    value, spread = degrees * 3600, error * 3600
    digits = 2 if not (np.isfinite(spread) and spread > 0) else int(np.clip(1 - np.floor(np.log10(spread)), 0, 8))
    text = f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return f"{text} ± {spread:.{digits}f}" if np.isfinite(spread) else text


def _sexagesimal(degrees: float, *, hours: bool) -> str:
    unit, precision = (units.hourangle, 3) if hours else (units.deg, 2)
    text = Angle(degrees, unit=units.deg).to_string(
        unit=unit, sep=":", precision=precision, pad=True, alwayssign=not hours
    )
    return str(text)


def _labels(table: Table) -> dict[str, int]:
    names, counts = np.unique(np.asarray(table["label"], dtype=str), return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}
