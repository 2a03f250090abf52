"""What optical interferometers measure: squared visibilities, triple products, amplitudes and phases, with errors."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesim.data._closures import Closures
from bayesim.data._visibilities import Account
from bayesim.errors import DataError

__all__ = ["Interferometry", "PerBaseline"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PerBaseline:
    """One real number per baseline and channel.

    Parameters
    ----------
    value, sigma : ndarray, shape (n,)
        The number and its standard deviation, positive: dimensionless for squared visibilities, radians for phases.
    u, v : ndarray, shape (n,)
        Wavelengths, for ``exp(-2 pi i (ul + vm))`` with u to the East.
    time : ndarray, shape (n,)
        Modified Julian Date in days.
    frequency : ndarray, shape (n,)
        Hz.
    stations : ndarray of int, shape (n, 2)
        Station numbers, -1 where unknown.
    account : Account
        What was read and left out.

    Raises
    ------
    DataError
        Shapes differ, or a value is not finite or an error not positive.
    """

    value: Floats
    sigma: Floats
    u: Floats
    v: Floats
    time: Floats
    frequency: Floats
    stations: NDArray[np.int64]
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        for name in ("value", "sigma", "u", "v", "time", "frequency"):
            shape = getattr(self, name).shape
            if shape != self.value.shape or len(shape) != 1:
                raise DataError(f"{name} has shape {shape}, expected {self.value.shape}: one per baseline")
        if self.stations.shape != (len(self), 2):
            raise DataError(f"stations has shape {self.stations.shape}, expected {(len(self), 2)}")
        for name in ("value", "sigma", "u", "v"):
            if not np.all(np.isfinite(getattr(self, name))):
                raise DataError(f"{name} is NaN or infinite: leave these rows out")
        if np.any(self.sigma <= 0):
            raise DataError("sigma must be positive: leave rows of zero error out")

    def __len__(self) -> int:
        return int(self.value.size)


@dataclass(frozen=True, eq=False)
class Interferometry:
    """One target as an optical interferometer saw it; a quantity that is not in the file has length 0.

    Parameters
    ----------
    target : str
        Name of the target.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    station_names : tuple of str
        Names by station number.
    v2 : PerBaseline
        Squared visibilities ``|V|^2`` of a source of flux 1, dimensionless.
    closure_phase : Closures
        ``arg(V_12 V_23 V_31)`` in radians.
    t3amp : Closures
        ``|V_12 V_23 V_31|``, dimensionless; it follows from ``v2`` up to its own calibration.
    amplitude : PerBaseline
        ``|V|`` in the file's unit.
    phase : PerBaseline
        ``arg V`` in radians.
    notes : tuple of str
        Sentences on what was assumed.
    """

    target: str
    phase_centre: tuple[float, float] | None
    station_names: tuple[str, ...]
    v2: PerBaseline
    closure_phase: Closures
    t3amp: Closures
    amplitude: PerBaseline
    phase: PerBaseline
    notes: tuple[str, ...] = ()
