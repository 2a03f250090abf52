"""Inner products between the derivatives of visibilities in flux and position, from the jets of the PSF."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.operators.response import Sensitivity

__all__ = ["Side", "inner_products", "slopes_of_n"]

Floats = NDArray[np.float64]

_HESSIAN = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])
"""Place of a second derivative in (ll, lm, ln, mm, mn, nn)."""


class Side(NamedTuple):
    """Sources as one side of a product of columns: flux, response with slopes, tangents of the sphere."""

    flux: Floats
    response: Floats
    slopes: tuple[Floats, Floats]
    tangents: tuple[Floats, Floats]

    @classmethod
    def of(cls, l: Floats, m: Floats, flux: Floats, seen: Sensitivity, some: slice) -> "Side":
        """Return some of the sources as a side."""
        zero, one = np.zeros(l[some].size), np.ones(l[some].size)
        slope_l, slope_m = slopes_of_n(l[some], m[some])
        tangents = np.stack([one, zero, slope_l]), np.stack([zero, one, slope_m])
        return cls(flux[some], seen.value[some], (seen.east[some], seen.north[some]), tangents)


def inner_products(jet: Floats, a: Side, b: Side) -> Floats:
    """Return ``J_a^T W J_b``, shape (3, rows, 3, columns), from the jets of K at the differences a - b."""
    value, first = jet[..., 0], np.moveaxis(jet[..., 1:4], -1, 0)
    second = np.moveaxis(jet[..., 4:], -1, 0)[_HESSIAN]
    out = np.empty((3, a.flux.size, 3, b.flux.size))
    left, right = a.response[:, None], b.response
    out[0, :, 0] = left * value * right
    for i, (slope, tangent) in enumerate(zip(a.slopes, a.tangents, strict=True), 1):
        along = np.einsum("cj,cjk->jk", tangent, first)
        out[i, :, 0] = a.flux[:, None] * (slope[:, None] * value + left * along) * right
        for j, (slope_b, tangent_b) in enumerate(zip(b.slopes, b.tangents, strict=True), 1):
            # d/dx of K(x_a - x_b) is minus for the second direction
            across = -np.einsum("ck,cjk->jk", tangent_b, first)
            both = -np.einsum("cj,dk,cdjk->jk", tangent, tangent_b, second, optimize=True)
            terms = slope[:, None] * (value * slope_b + across * right) + left * (along * slope_b + both * right)
            out[i, :, j] = a.flux[:, None] * terms * b.flux
    for j, (slope_b, tangent_b) in enumerate(zip(b.slopes, b.tangents, strict=True), 1):
        across = -np.einsum("ck,cjk->jk", tangent_b, first)
        out[0, :, j] = left * (value * slope_b + across * right) * b.flux
    return out


def slopes_of_n(l: Floats, m: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of ``n = sqrt(1 - l^2 - m^2)``."""
    n = 1.0 + w_phase_cosine(l, m)
    return -l / n, -m / n
