"""A point: one visibility for every baseline."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import zeros_like
from bayesim.sources._source import Flux, Pair, Source

__all__ = ["Point"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Point(Source):
    """An unresolved source at the phase centre.

    Parameters
    ----------
    flux : number, Quantity or variable
        Jy.
    """

    flux: Flux

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return ``flux`` and zero."""
        return self.flux + zeros_like(u), zeros_like(u)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the point."""
        return np.zeros(1), np.zeros(1), np.full(1, float(self.number("flux")))
