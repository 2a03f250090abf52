"""Any number of points, each with its own position: a field of compact sources, or a multiple star."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sources._functions import as_tensor, column, n_minus_1, turned, zeros_like
from bayesim.sources._source import Angle, Flux, Pair, Source, count

__all__ = ["Points"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points(Source):
    """``V = sum_k F_k exp(-2 pi i (u l_k + v m_k + w (n_k - 1)))``, the w-term exact for each.

    Parameters
    ----------
    fluxes : array_like or variable, shape (k,)
        Jy.
    l, m : array_like or variable, shape (k,)
        Direction cosines to the East and to the North.

    Raises
    ------
    ModelError
        A parameter is no vector, or the lengths differ.
    """

    fluxes: Flux
    l: Angle
    m: Angle

    def __post_init__(self) -> None:
        super().__post_init__()
        lengths = [count(name, getattr(self, name)) for name in ("fluxes", "l", "m")]
        if len(set(lengths) - {None}) > 1:
            raise ModelError(f"fluxes, l and m have lengths {lengths}: give one of each per point")

    @property
    def flux(self) -> Any:
        """Sum of the fluxes in Jy."""
        return self.fluxes.sum()

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the sum over the points."""
        l, m, flux = as_tensor(self.l), as_tensor(self.m), as_tensor(self.fluxes)
        turns = column(u) * l + column(v) * m
        if w is not None:
            turns = turns + column(w) * n_minus_1(l, m)
        real, imag = turned((flux, zeros_like(flux)), turns)
        return real.sum(axis=1), imag.sum(axis=1)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the points."""
        return self.number("l"), self.number("m"), self.number("fluxes")
