"""Closure quantities: what is left of visibilities when the errors of the stations cancel."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesim.data._visibilities import Account
from bayesim.errors import DataError

__all__ = ["Closures"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Closures:
    """Products of visibilities along closed loops: ``c_i = prod_k V(u[index[i, k]], v[index[i, k]]) ^ sign[i, k]``.

    The values are ``arg c`` (closure phase), ``ln |c|`` (log closure amplitude) or ``|c|`` (triple amplitude),
    whichever the maker says. A sign of -1 conjugates a phase and divides an amplitude.

    Parameters
    ----------
    value : ndarray, shape (n,)
        Radians, or dimensionless.
    sigma : ndarray, shape (n,)
        Standard deviation of each value, same unit, positive.
    u, v : ndarray, shape (k,)
        Baselines in wavelengths for ``exp(-2 pi i (ul + vm))``.
    index : ndarray of int, shape (n, legs)
        Baselines of each loop, positions in ``u``.
    sign : ndarray, shape (n, legs)
        1 or -1.
    partner : ndarray of int, shape (n, p)
        Closures with which the i-th shares noise, all of them before it or itself.
    whitening : ndarray, shape (n, p)
        ``sum_j whitening[i, j] noise[partner[i, j]]`` is of unit variance and independent of all others: the inverse
        of the Cholesky factor of the covariance. Its last column belongs to the closure itself and is positive.
    time : ndarray, shape (n,)
        Modified Julian Date in days, NaN where unknown.
    frequency : ndarray, shape (n,)
        Hz, NaN where unknown.
    stations : ndarray of int, shape (n, legs)
        Station numbers around the loop, -1 where unknown.
    account : Account
        What was read and left out.

    Raises
    ------
    DataError
        Shapes do not go together, or a value is not finite or an error not positive.
    """

    value: Floats
    sigma: Floats
    u: Floats
    v: Floats
    index: Integers
    sign: Floats
    partner: Integers
    whitening: Floats
    time: Floats
    frequency: Floats
    stations: Integers
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        n = self.value.shape
        for name in ("sigma", "time", "frequency"):
            if getattr(self, name).shape != n or len(n) != 1:
                raise DataError(f"{name} has shape {getattr(self, name).shape}, expected {n}: one per closure")
        for name, like in (("sign", "index"), ("stations", "index"), ("whitening", "partner"), ("v", "u")):
            if getattr(self, name).shape != getattr(self, like).shape:
                raise DataError(f"{name} has shape {getattr(self, name).shape}, expected that of {like}")
        for name in ("value", "sigma", "u", "v", "whitening"):
            if not np.all(np.isfinite(getattr(self, name))):
                raise DataError(f"{name} is NaN or infinite: leave these closures out")
        if np.any(self.sigma <= 0) or np.any(self.whitening[:, -1:] <= 0):
            raise DataError("errors of closures must be positive")

    def __len__(self) -> int:
        return int(self.value.size)

    @property
    def correlated(self) -> bool:
        """Whether any closure shares noise with another."""
        return bool(np.any(self.whitening[:, :-1] != 0))
