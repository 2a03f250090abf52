"""Measurement Set, version 2 (casacore note 229): calibrated visibilities of one field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy import units
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data._casacore import Table, opened
from bayesim.data._intake import from_arrays
from bayesim.data._stokes import intensity
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["matches", "read"]

Floats = NDArray[np.float64]

# casacore's Stokes::StokesTypes
_STOKES = {1: "I", 2: "Q", 3: "U", 4: "V", 5: "RR", 6: "RL", 7: "LR", 8: "LL", 9: "XX", 10: "XY", 11: "YX", 12: "YY"}
_PARALLEL = ("I", "RR", "LL", "XX", "YY")
_COLUMNS = ("CORRECTED_DATA", "DATA")
_SECONDS_PER_DAY = 86_400.0
_NO_SIGMA = 9999.0
"""What some writers put into SIGMA when they know nothing."""


@dataclass(frozen=True)
class _Part:
    """Samples of one data description (spectral window and polarisation), flattened over rows and channels."""

    uvw: Floats
    data: NDArray[np.complex128]
    weight: Floats
    flag: NDArray[np.bool_]
    antennas: NDArray[np.int64]
    time: Floats
    frequency: Floats
    notes: tuple[str, ...]


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
        number, several = _field(path, main, field)
        descriptions = main.column("DATA_DESC_ID")
        mine = main.column("FIELD_ID") == number
        parts = [
            _part(path, main.only(np.flatnonzero(mine & (descriptions == one))), int(one), chosen)
            for one in np.unique(descriptions[mine])
        ]
    with opened(path / "ANTENNA") as table:
        names = tuple(str(name) for name in table.column("NAME"))
    centre, frame = _phase_centre(path, number)
    notes = (note, *several, *dict.fromkeys(note for part in parts for note in part.notes), *frame)
    if factor != 1.0:
        notes += (f"data are in {unit}: converted to Jy, weights with them",)
    return _joined(path, parts, factor=factor, centre=centre, names=names, notes=notes)


def _joined(
    path: Path,
    parts: list[_Part],
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


def _field(path: Path, main: Table, field: str | int | None) -> tuple[int, tuple[str, ...]]:
    used = [int(number) for number in np.unique(main.column("FIELD_ID"))]
    with opened(path / "FIELD") as table:
        names = [str(name) for name in table.column("NAME")]
    known = {number: names[number] for number in used if 0 <= number < len(names)}
    if field is None and len(used) == 1 and known:
        return used[0], ()
    wanted = [number for number, name in known.items() if field in (number, name)]
    if len(wanted) != 1:
        listing = ", ".join(f"{number} ({name})" for number, name in known.items())
        raise DataError(f"{path.name}: choose one of the fields {listing} by field=, was {field!r}")
    others = int(np.count_nonzero(main.column("FIELD_ID") != wanted[0]))
    return wanted[0], (f"{others} rows of other fields were not read",)


def _part(path: Path, table: Table, description: int, column: str) -> _Part:
    frequency, correlations = _setup(path, description)
    data = table.column(column)
    if data.ndim != 3 or data.shape[1:] != (frequency.size, len(correlations)):
        raise FormatError(
            f"{path.name}: {column} has shape {data.shape}, its tables say ({frequency.size}, {len(correlations)})"
        )
    flag = table.column("FLAG") if table.has("FLAG") else np.zeros(data.shape, dtype=np.bool_)
    weight, notes = _weights(table, data.shape)
    uvw = table.column("UVW")
    if flag.shape != data.shape or weight.shape != data.shape or uvw.shape != (table.rows, 3):
        raise FormatError(f"{path.name}: FLAG, weights or UVW do not have the shape of {column}")
    vis, combined, more = intensity(data, np.where(flag, 0.0, weight), correlations)
    parallel = [index for index, name in enumerate(correlations) if name in _PARALLEL]
    flagged = flag[..., parallel].all(axis=-1)
    if table.has("FLAG_ROW"):
        flagged |= table.column("FLAG_ROW")[:, None]
    per_row = np.stack([table.column("ANTENNA1"), table.column("ANTENNA2")])
    return _Part(
        uvw=(-uvw.T[:, :, None] * (frequency / SPEED_OF_LIGHT)).reshape(3, -1),
        data=vis.ravel(),
        weight=combined.ravel(),
        flag=flagged.ravel(),
        antennas=np.repeat(per_row, frequency.size, axis=1),
        time=np.repeat(table.column("TIME") / _SECONDS_PER_DAY, frequency.size),
        frequency=np.tile(frequency, table.rows),
        notes=(*notes, *more),
    )


def _setup(path: Path, description: int) -> tuple[Floats, tuple[str, ...]]:
    """Return the channel frequencies (Hz) and the correlations of a data description."""
    with opened(path / "DATA_DESCRIPTION") as table:
        window = int(table.cell("SPECTRAL_WINDOW_ID", description))
        polarisation = int(table.cell("POLARIZATION_ID", description))
    with opened(path / "SPECTRAL_WINDOW") as table:
        frequency = np.atleast_1d(table.cell("CHAN_FREQ", window)).astype(np.float64)
    with opened(path / "POLARIZATION") as table:
        codes = np.atleast_1d(table.cell("CORR_TYPE", polarisation))
    if not (np.all(np.isfinite(frequency)) and np.all(frequency > 0)):
        raise FormatError(f"{path.name}: frequencies of spectral window {window} must be positive and finite")
    return frequency, tuple(_STOKES.get(int(code), f"type {code}") for code in codes)


def _weights(table: Table, shape: tuple[int, ...]) -> tuple[Floats, tuple[str, ...]]:
    """Return weights of the shape of the data, and where they come from."""
    if table.has("WEIGHT_SPECTRUM"):
        return table.column("WEIGHT_SPECTRUM").astype(np.float64), ("weights from WEIGHT_SPECTRUM",)
    sigma = table.column("SIGMA").astype(np.float64) if table.has("SIGMA") else None
    informed = sigma is not None and not np.all((sigma == 1) | (sigma == _NO_SIGMA))
    if table.has("WEIGHT"):
        weight = table.column("WEIGHT").astype(np.float64)
        if not (informed and np.all(weight == 1)):
            return _spread(weight, shape), ("weights from WEIGHT",)
    if sigma is None:
        raise FormatError("the Measurement Set has neither WEIGHT_SPECTRUM nor WEIGHT nor SIGMA")
    usable = np.isfinite(sigma) & (sigma > 0)
    inverse = np.divide(1.0, np.square(sigma), out=np.zeros_like(sigma), where=usable)
    note = "weights are 1/SIGMA^2, because WEIGHT is missing or 1 everywhere; SIGMA <= 0 counts as flagged"
    return _spread(inverse, shape), (note,)


def _spread(weight: Floats, shape: tuple[int, ...]) -> Floats:
    if weight.shape != (shape[0], shape[2]):
        raise FormatError(f"weights of shape {weight.shape} do not go with data of shape {shape}")
    return np.broadcast_to(weight[:, None, :], shape)


def _phase_centre(path: Path, number: int) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return right ascension and declination (ICRS, radians) of the field."""
    with opened(path / "FIELD") as table:
        direction: Any = np.atleast_2d(table.cell("PHASE_DIR", number))
        frame = str(table.keywords("PHASE_DIR").get("MEASINFO", {}).get("Ref", "J2000"))
    if direction.shape[1] != 2 or not np.all(np.isfinite(direction)):
        raise FormatError(f"{path.name}: PHASE_DIR of field {number} is {direction.tolist()}")
    ra, dec = (float(angle) for angle in direction[0])
    if frame in ("J2000", "ICRS"):
        return (ra, dec), ()
    if frame == "B1950":
        sky = SkyCoord(ra * units.rad, dec * units.rad, frame="fk4").icrs
        return (float(sky.ra.rad), float(sky.dec.rad)), ("phase centre converted from B1950; u, v keep its axes",)
    return None, (f"the phase centre is given in {frame}, which is not a fixed direction: left out",)
