"""Measurement Set, version 2 (casacore note 229): calibrated visibilities of one field."""

from pathlib import Path

import numpy as np
from astropy import units

from bayesim.data._casacore import Table, opened
from bayesim.data._intake import from_arrays
from bayesim.data._ms_field import chosen_field, phase_centre
from bayesim.data._ms_samples import Part, samples
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["matches", "read"]

_COLUMNS = ("CORRECTED_DATA", "DATA")


def matches(path: Path) -> bool:
    """Tell whether the folder is a casacore table that holds an antenna table."""
    return path.is_dir() and (path / "table.dat").is_file() and (path / "ANTENNA").is_dir()


def read(
    path: str | Path, *, column: str | None = None, field: str | int | None = None, unit: str = "Jy"
) -> Visibilities:
    """Read a Measurement Set (all channels and spectral windows of one field).

    Parameters
    ----------
    path : path
        Folder of the Measurement Set; it is not written to.
    column : str, optional
        ``"DATA"``, ``"CORRECTED_DATA"`` or ``"MODEL_DATA"``; without it the corrected data where present.
    field : str or int, optional
        Name or number; needed where there are several.
    unit : str
        Of the data, where the file's own statement is wrong (``"mJy"``).

    Returns
    -------
    Visibilities
        Stokes I of the parallel hands. The file's kernel is ``exp(+2 pi i ...)`` with position 2 minus position 1:
        u, v, w are all negated. Weights are WEIGHT_SPECTRUM where filled, else WEIGHT, else 1/SIGMA^2; notes say
        which, and when they look like placeholders.

    Raises
    ------
    FormatError
        The tables are damaged, or a column is missing.
    DataError
        There are several fields and none is chosen, or the values cannot be used.
    MissingExtraError
        python-casacore is not installed.
    """
    path = Path(path)
    factor = _jansky(unit)
    with opened(path) as main:
        chosen, note = _data_column(main, column)
        number, several = chosen_field(path, main, field)
        descriptions = main.column("DATA_DESC_ID")
        mine = main.column("FIELD_ID") == number
        parts = [
            samples(path, main.only(np.flatnonzero(mine & (descriptions == one))), int(one), chosen)
            for one in np.unique(descriptions[mine])
        ]
    with opened(path / "ANTENNA") as table:
        names = tuple(str(name) for name in table.column("NAME"))
    centre, frame = phase_centre(path, number)
    notes = (note, *several, *dict.fromkeys(note for part in parts for note in part.notes), *frame)
    if factor != 1.0:
        notes += (f"data are in {unit}: converted to Jy, weights with them",)
    return _joined(path, parts, factor=factor, centre=centre, names=names, notes=notes)


def _joined(
    path: Path,
    parts: list[Part],
    *,
    factor: float,
    centre: tuple[float, float] | None,
    names: tuple[str, ...],
    notes: tuple[str, ...],
) -> Visibilities:
    u, v, w = np.concatenate([part.uvw for part in parts], axis=1)
    weight = np.concatenate([part.weight for part in parts]) / factor**2
    flag = np.concatenate([part.flag for part in parts])
    notes = ("Measurement Set: u, v, w negated for the kernel exp(-2 pi i ...)", *notes)
    usable = weight[~flag & (weight > 0)]
    if usable.size and np.ptp(usable) == 0:
        notes += (f"all weights are {usable[0]:.4g}: a placeholder, unless the noise is known to be so",)
    one, two = np.concatenate([part.antennas for part in parts], axis=1)
    return from_arrays(
        u,
        v,
        np.concatenate([part.data for part in parts]) * factor,
        w=w,
        weight=weight,
        flag=flag,
        antenna1=one,
        antenna2=two,
        time=np.concatenate([part.time for part in parts]),
        frequency=np.concatenate([part.frequency for part in parts]),
        phase_centre=centre,
        antenna_names=names,
        source=path.name,
        notes=notes,
    )


def _jansky(unit: str) -> float:
    try:
        return float(units.Unit(unit).to(units.Jy))
    except (ValueError, TypeError, units.UnitsError) as error:
        raise DataError(f"unit {unit!r} is not a flux density such as 'Jy' or 'mJy'") from error


def _data_column(main: Table, column: str | None) -> tuple[str, str]:
    present = [name for name in (*_COLUMNS, "MODEL_DATA") if main.has(name)]
    if column is None:
        found = [name for name in _COLUMNS if name in present]
        if not found:
            raise FormatError("the Measurement Set has no filled column CORRECTED_DATA or DATA")
        return found[0], f"visibilities from column {found[0]}"
    if column not in present:
        raise DataError(f"column {column!r} is not filled; there are {', '.join(present) or 'none'}")
    return column, f"visibilities from column {column}, as asked"
