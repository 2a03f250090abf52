"""Several sources in one sky."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sources._source import Pair, Source

__all__ = ["Sum"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sum(Source):
    """The sum of sources; ``a + b`` is short for it.

    Parameters
    ----------
    sources : sequence of Source
        At least one.

    Raises
    ------
    ModelError
        There is no source, or something that is none.
    """

    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", tuple(self.sources))
        if not self.sources or not all(isinstance(source, Source) for source in self.sources):
            raise ModelError(f"a sum needs sources, got {self.sources!r}")

    @property
    def flux(self) -> Any:
        """Sum of the fluxes in Jy."""
        return sum((source.flux for source in self.sources[1:]), start=self.sources[0].flux)

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the sum of the visibilities."""
        real, imag = self.sources[0].transform(u, v, w)
        for source in self.sources[1:]:
            more = source.transform(u, v, w)
            real, imag = real + more[0], imag + more[1]
        return real, imag

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the points of every source."""
        l, m, flux = (np.concatenate(part) for part in zip(*(s.samples(spacing) for s in self.sources), strict=True))
        return l, m, flux
