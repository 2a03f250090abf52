"""The minor iterations of CLEAN with components of one scale or of several."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesim.solvers._clean_scales import Scales
from bayesim.solvers._peel import peel

__all__ = ["Minor"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass
class Minor:
    """Components at the pixels whose residual, smoothed by their scale, is above a limit.

    Parameters
    ----------
    scales : Scales
        The shapes, and the PSF as they see it.
    bias : ndarray, shape (n_scales,)
        Factor on the heights of a scale in every comparison.
    gain : float
        Loop gain.
    positive : bool
        Whether only positive components are allowed.
    every_pixel : bool
        Whether pixels below the limit are updated too, as in Hogbom's procedure.
    """

    scales: Scales
    bias: Floats
    gain: float
    positive: bool
    every_pixel: bool = False
    _used: Mask = field(init=False)
    _allowed: Mask = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.bias.size, *self.scales.shape)
        self._used, self._allowed = np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool)

    def peak(self, residual: Floats) -> float:
        """Return the largest biased height where components are allowed, Jy per dirty beam."""
        return float(self._biased(self._smoothed(residual))[self._allowed].max(initial=0.0))

    def descend(self, residual: Floats, *, limit: float, budget: int) -> tuple[Floats, int]:
        """Take components until no biased height is above the limit; return them (Jy/pixel) and the iterations."""
        smoothed = self._smoothed(residual)
        listed = self._allowed & (self.every_pixel | (self._biased(smoothed) > limit))
        _, rows, columns = np.nonzero(listed)
        ends = np.concatenate([[0], np.cumsum(np.count_nonzero(listed, axis=(1, 2)))])
        taken = np.zeros(rows.size)
        spent = peel(
            smoothed[listed], rows, columns, ends, self.scales.psfs, self.bias, self.gain, limit, self.positive,
            budget, taken,
        )  # fmt: skip
        components = np.zeros(listed.shape)
        components[listed] = taken
        self._used |= components != 0
        shapes = [self.scales.drawn(part, scale) for scale, part in enumerate(components) if part.any()]
        return np.sum(shapes, axis=0) if shapes else np.zeros(residual.shape), int(spent)

    def freeze(self) -> None:
        """From now on allow at each scale only pixels that hold a component."""
        self._allowed = self._used.copy()

    def _smoothed(self, residual: Floats) -> Floats:
        return np.stack([self.scales.smoothed(residual, scale) for scale in range(self.bias.size)])

    def _biased(self, smoothed: Floats) -> Floats:
        return np.asarray(self.bias[:, None, None] * (smoothed if self.positive else np.abs(smoothed)))
