"""A source as the truth of a simulation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import evaluated
from bayesim.sources._source import Source

__all__ = ["AsTruth"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AsTruth:
    """What :func:`bayesim.data.observe` asks of its ``sources``: numbers for visibilities, and a peak.

    Parameters
    ----------
    source : Source
        Every parameter a number.
    """

    source: Source

    @property
    def peak(self) -> float:
        """Total flux in Jy, to which a signal-to-noise ratio refers."""
        return float(self.source.flux)

    def visibilities(self, u: Floats, v: Floats, w: Floats) -> NDArray[np.complex128]:
        """Return Jy at baselines in wavelengths."""
        real, imag = evaluated(self.source.visibility(u, v, w))
        return np.asarray(real + 1j * imag)
