"""Samples of a Measurement Set: columns, flags and weights of one data description."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data._casacore import Table, opened
from bayesim.data._stokes import intensity
from bayesim.errors import FormatError

__all__ = ["Part", "samples"]

Floats = NDArray[np.float64]

# casacore's Stokes::StokesTypes
_STOKES = {1: "I", 2: "Q", 3: "U", 4: "V", 5: "RR", 6: "RL", 7: "LR", 8: "LL", 9: "XX", 10: "XY", 11: "YX", 12: "YY"}

_PARALLEL = ("I", "RR", "LL", "XX", "YY")

_SECONDS_PER_DAY = 86_400.0

_NO_SIGMA = 9999.0
"""What some writers put into SIGMA when they know nothing."""


@dataclass(frozen=True)
class Part:
    """Samples of one data description (spectral window and polarisation), flattened over rows and channels."""

    uvw: Floats
    data: NDArray[np.complex128]
    weight: Floats
    flag: NDArray[np.bool_]
    antennas: NDArray[np.int64]
    time: Floats
    frequency: Floats
    notes: tuple[str, ...]


def samples(path: Path, table: Table, description: int, column: str) -> Part:
    """Return Stokes I of the rows of ``table``, with u, v, w negated for the kernel exp(-2 pi i ...)."""
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
    return Part(
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
