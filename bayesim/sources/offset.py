"""A source somewhere else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, n_minus_1, turned
from bayesim.sources._source import Angle, Pair, Source

__all__ = ["Offset"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Offset(Source):
    """``exp(-2 pi i (u l + v m + w (n - 1)))`` times the source's visibility (shift theorem).

    With w, the source is seen along its own direction: baselines are ``u - w l/n`` and ``v - w m/n``.

    Parameters
    ----------
    source : Source
        What is moved.
    l, m : angle or variable
        Direction cosines to the East and to the North, of what was the source's phase centre.
    """

    source: Source
    l: Angle
    m: Angle

    @property
    def flux(self) -> Any:
        """Flux of the source in Jy."""
        return self.source.flux

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the turned visibility."""
        if w is None:
            return turned(self.source.transform(u, v, None), u * self.l + v * self.m)
        less = n_minus_1(as_tensor(self.l), as_tensor(self.m))
        sheared = w / (1.0 + less)
        seen = self.source.transform(u - sheared * self.l, v - sheared * self.m, None)
        return turned(seen, u * self.l + v * self.m + w * less)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the moved points."""
        l, m, flux = self.source.samples(spacing)
        return l + self.number("l"), m + self.number("m"), flux
