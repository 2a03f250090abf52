"""Inner products between the derivatives of visibilities in flux and position, from the jets of the PSF."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.operators.response import Sensitivity

__all__ = ["Side", "inner_products", "slopes_of_n"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Side(NamedTuple):
    """Sources as one side of a product of columns, shape (k,) each: flux, response with slopes, slopes of n."""

    flux: Floats
    response: Floats
    slopes: tuple[Floats, Floats]
    falls: tuple[Floats, Floats]

    @classmethod
    def of(cls, flux: Floats, l: Floats, m: Floats, seen: Sensitivity) -> "Side":
        """Return sources as a side."""
        return cls(flux, seen.value, (seen.east, seen.north), slopes_of_n(l, m))

    def take(self, some: Indices) -> "Side":
        """Return some of the sources, one as often as it is named."""
        pairs = ((x[some], y[some]) for x, y in (self.slopes, self.falls))
        return Side(self.flux[some], self.response[some], *pairs)


def inner_products(jet: Floats, a: Side, b: Side) -> Floats:
    """Return ``J_a^T W J_b`` pair by pair, shape (3, 3, n), from the jets of K, (n, 10), at the differences a - b."""
    value, fl, fm, fn, fll, flm, fln, fmm, fmn, fnn = jet.T
    first, second, mixed = (fl, fm), ((fll, flm), (flm, fmm)), (fln, fmn)
    out = np.empty((3, 3, len(jet)))
    out[0, 0] = a.response * value * b.response
    # d/dx of K(x_a - x_b) is minus for the second direction
    along = [f + fall * fn for f, fall in zip(first, a.falls, strict=True)]
    across = [-f - fall * fn for f, fall in zip(first, b.falls, strict=True)]
    for i in range(2):
        out[i + 1, 0] = a.flux * (a.slopes[i] * value + a.response * along[i]) * b.response
        out[0, i + 1] = a.response * (value * b.slopes[i] + across[i] * b.response) * b.flux
        for j in range(2):
            both = -(second[i][j] + a.falls[i] * mixed[j] + b.falls[j] * mixed[i] + a.falls[i] * b.falls[j] * fnn)
            flat = a.slopes[i] * (value * b.slopes[j] + across[j] * b.response)
            curved = a.response * (along[i] * b.slopes[j] + both * b.response)
            out[i + 1, j + 1] = a.flux * (flat + curved) * b.flux
    return out


def slopes_of_n(l: Floats, m: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of ``n = sqrt(1 - l^2 - m^2)``."""
    n = 1.0 + w_phase_cosine(l, m)
    return -l / n, -m / n
