"""Concentric thick rings: the bright rings of a protoplanetary disk."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sources._functions import as_tensor, bessel_ratio, column, exp, zeros_like
from bayesim.sources._round import GAUSSIAN_FWHM, spread
from bayesim.sources._source import Flux, Pair, Size, Source, count
from bayesim.sources._thick import thick_rings

__all__ = ["GaussianRings"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GaussianRings(Source):
    """``V = sum_k F_k J0(pi d_k q) exp(-(pi w_k q)^2 / (4 ln 2))``: thin rings convolved with Gaussians.

    Parameters
    ----------
    fluxes : array_like or variable, shape (k,)
        Jy of every ring.
    diameters : array_like or variable, shape (k,)
        Radians; 0 is a Gaussian at the centre.
    widths : array_like or variable, shape (k,)
        Full widths at half maximum, radians.

    Raises
    ------
    ModelError
        A parameter is no vector, or the lengths differ.
    """

    fluxes: Flux
    diameters: Size
    widths: Size

    def __post_init__(self) -> None:
        super().__post_init__()
        lengths = [count(name, getattr(self, name)) for name in ("fluxes", "diameters", "widths")]
        if len(set(lengths) - {None}) > 1:
            raise ModelError(f"fluxes, diameters and widths have lengths {lengths}: give one of each per ring")

    @property
    def flux(self) -> Any:
        """Sum of the fluxes in Jy."""
        return self.fluxes.sum()

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the sum over the rings."""
        q2 = column(u**2 + v**2)
        thin = bessel_ratio(0.0, (np.pi * as_tensor(self.diameters)) ** 2 * q2)
        blur = exp(-2.0 * (np.pi / GAUSSIAN_FWHM * as_tensor(self.widths)) ** 2 * q2)
        return (as_tensor(self.fluxes) * thin * blur).sum(axis=1), zeros_like(u)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the points of every ring."""
        parts = []
        for f, d, width in zip(*(self.number(n) for n in ("fluxes", "diameters", "widths")), strict=True):
            radius, (flux,) = thick_rings(float(d), float(width), (0,), spacing)
            parts.append(spread(radius, f * flux / flux.sum(), spacing))
        l, m, flux = (np.concatenate(column_) for column_ in zip(*parts, strict=True))
        return l, m, flux
