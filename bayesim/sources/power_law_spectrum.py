"""A source whose flux follows a power law of frequency."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sources._functions import as_tensor, exp
from bayesim.sources._source import Frequency, Pair, Source

__all__ = ["PowerLawSpectrum"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PowerLawSpectrum(Source):
    """``V(u, v, nu) = (nu / reference)^spectral_index V(u, v)``: the shape is the same at every frequency.

    Parameters
    ----------
    source : Source
        With the flux of the reference frequency, which :meth:`image` shows.
    spectral_index : number or variable
        Negative for synchrotron emission.
    frequency : float, Quantity or array, shape (n,)
        Of every visibility, Hz.
    reference : float or Quantity
        Hz.

    Raises
    ------
    ModelError
        The number of frequencies is not that of the visibilities.
    """

    source: Source
    spectral_index: Any
    frequency: Frequency
    reference: Frequency

    @property
    def flux(self) -> Any:
        """Flux at the reference frequency in Jy."""
        return self.source.flux

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the scaled visibility."""
        length = u.type.shape
        if np.ndim(self.frequency) == 1 and length[0] not in (None, np.size(self.frequency)):
            raise ModelError(
                f"{np.size(self.frequency)} frequencies for visibilities of shape {length}: give one of each"
            )
        factor = exp(as_tensor(self.spectral_index) * np.log(self.frequency / self.reference))
        real, imag = self.source.transform(u, v, w)
        return factor * real, factor * imag

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the source's points at the reference frequency."""
        return self.source.samples(spacing)
