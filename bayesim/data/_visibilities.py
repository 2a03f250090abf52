"""What was measured: one noun for calibrated visibilities, whatever file they came from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import DataError

__all__ = ["Account", "Visibilities"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Account:
    """What happened between the file and the arrays.

    Parameters
    ----------
    source : str
        Name of the file or the simulation (no folder).
    read : int
        Visibilities present before anything was dropped.
    dropped : mapping of str to int
        Count by reason (``"flagged"``, ``"autocorrelation"``, ``"zero weight"``, ...).
    notes : tuple of str
        Sentences on sign, units, weights' meaning and anything merged or assumed.
    """

    source: str = "arrays"
    read: int = 0
    dropped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    @property
    def used(self) -> int:
        """Visibilities left."""
        return self.read - sum(self.dropped.values())


@dataclass(frozen=True, eq=False)
class Visibilities:
    """Calibrated Stokes I visibilities on one flat sample axis, one Hermitian half.

    Build one with :func:`bayesim.data.from_arrays` or a reader; the constructor itself only checks.

    Parameters
    ----------
    u, v, w : ndarray, shape (n,)
        Baseline in wavelengths for ``exp(-2 pi i (ul + vm + w(n-1)))``.
    data : ndarray of complex128, shape (n,)
        Visibilities in Jy.
    weight : ndarray, shape (n,)
        ``1/sigma^2`` of one real component in 1/Jy^2, positive.
    antenna1, antenna2 : ndarray of int32, shape (n,)
        Antenna numbers, -1 where unknown.
    time : ndarray, shape (n,)
        Modified Julian Date (UTC) in days, NaN where unknown.
    frequency : ndarray, shape (n,)
        Hz, NaN where unknown.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    antenna_names : tuple of str
        Names by antenna number; empty where unknown.
    account : Account
        Counts of what was read and dropped, and notes on conventions.

    Raises
    ------
    DataError
        Shapes differ, nothing is left, or a value is not finite or a weight not positive.
    """

    u: Floats
    v: Floats
    w: Floats
    data: NDArray[np.complex128]
    weight: Floats
    antenna1: NDArray[np.int32]
    antenna2: NDArray[np.int32]
    time: Floats
    frequency: Floats
    phase_centre: tuple[float, float] | None = None
    antenna_names: tuple[str, ...] = ()
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        n = self.u.shape
        for name in _PER_SAMPLE:
            shape = getattr(self, name).shape
            if shape != n or len(shape) != 1:
                raise DataError(f"{name} has shape {shape}, expected {n}: one value per visibility")
        if not len(self):
            raise DataError(f"no visibility is left of {self.account.read} read: {dict(self.account.dropped)}")
        for name in ("u", "v", "w", "data", "weight"):
            bad = np.flatnonzero(~np.isfinite(getattr(self, name)))
            if bad.size:
                raise DataError(
                    f"{name} is NaN or infinite in {bad.size} rows (first: {bad[:5].tolist()}); flag these rows"
                )
        if np.any(self.weight <= 0):
            raise DataError("weights must be positive: drop rows of zero weight before")

    def __len__(self) -> int:
        return int(self.u.size)

    def select(self, keep: NDArray[np.bool_], *, reason: str) -> "Visibilities":
        """Return the samples where ``keep`` is true, the others counted as dropped for ``reason``."""
        lost = int(np.count_nonzero(~keep))
        dropped = dict(self.account.dropped)
        if lost:
            dropped[reason] = dropped.get(reason, 0) + lost
        account = replace(self.account, dropped=MappingProxyType(dropped))
        arrays = {name: getattr(self, name)[keep] for name in _PER_SAMPLE}
        return replace(self, account=account, **arrays)

    @property
    def digest(self) -> str:
        """SHA-256 of coordinates, data and weights (little-endian float64), 64 hexadecimal digits."""
        content = hashlib.sha256()
        for name in ("u", "v", "w", "data", "weight"):
            array = getattr(self, name)
            content.update(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes())
        return content.hexdigest()

    @property
    def uvw(self) -> Floats:
        """Coordinates as one array, shape (n, 3), wavelengths."""
        return np.column_stack([self.u, self.v, self.w])

    @property
    def sum_weight(self) -> float:
        """Sum of the weights in 1/Jy^2: the peak of the PSF."""
        return float(self.weight.sum())

    @property
    def sigma_image(self) -> float:
        """Thermal noise of the naturally weighted dirty image, ``1/sqrt(sum_weight)`` in Jy."""
        return float(self.sum_weight**-0.5)

    @property
    def longest_baseline(self) -> float:
        """Largest ``sqrt(u^2 + v^2)`` in wavelengths."""
        return float(np.hypot(self.u, self.v).max())


_PER_SAMPLE = tuple(
    f.name for f in fields(Visibilities) if f.name not in ("phase_centre", "antenna_names", "account")
)
