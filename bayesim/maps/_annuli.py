"""Fourier modes of an image in rings of baseline length."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from bayesim.maps._points import Blurred
from bayesim.sky import Grid
from bayesim.solvers.background import taper

__all__ = ["Annuli", "annuli"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Annuli:
    """Rings of equal width in the (u, v) plane.

    Parameters
    ----------
    baseline : ndarray, shape (bins,)
        Mean length of the modes of each ring, wavelengths.
    modes : ndarray of int64, shape (bins,)
        Fourier modes, each of the two halves counted.
    ring : ndarray of int64, shape (rows, columns // 2 + 1)
        Ring of each mode of ``rfft2``; ``bins`` for those beyond the last.
    weight : ndarray, shape (rows, columns // 2 + 1)
        How often a mode counts: twice where the other half mirrors it.
    v, u : ndarray, shapes (rows,) and (columns // 2 + 1,)
        Baselines of the modes in wavelengths, per row to the North and per column to the West.
    """

    baseline: Floats
    modes: NDArray[np.int64]
    ring: NDArray[np.int64]
    weight: Floats
    v: Floats
    u: Floats

    def average(self, power: Floats) -> Floats:
        """Return the mean over each ring of a quantity given for each mode of ``rfft2``."""
        bins = self.modes.size
        total = np.bincount(self.ring.ravel(), (power * self.weight).ravel(), minlength=bins + 1)[:bins]
        return np.asarray(total / self.modes)

    def power(self, image: Floats) -> Floats:
        """Return the mean of ``|sum_p x_p exp(-2 pi i (u l_p + v m_p))|^2`` over each ring."""
        return self.average(np.square(np.abs(fft.rfft2(image))))

    def power_of_sources(self, sources: Iterable[Blurred]) -> Floats:
        """Return the same of points and Gaussians anywhere: an exact sum over them at every mode."""
        sky = np.zeros((self.v.size, self.u.size), dtype=np.complex128)
        for flux, l, m, shape in sources:
            north = np.exp(-2j * np.pi * np.outer(self.v, m)) * flux
            # columns run West
            east = np.exp(2j * np.pi * np.outer(l, self.u))
            sky += (1.0 if shape is None else taper(-self.u, self.v[:, None], shape)) * (north @ east)
        return self.average(np.square(np.abs(sky)))


def annuli(grid: Grid, *, longest: float, bins: int) -> Annuli:
    """Return rings from zero to ``longest`` (wavelengths); the flux itself, mode (0, 0), is in none.

    Rings that no mode lies in are left out.
    """
    rows, columns = grid.shape
    v, u = fft.fftfreq(rows, grid.cell), fft.rfftfreq(columns, grid.cell)
    length = np.hypot(u, v[:, None])
    weight = np.full(length.shape, 2.0)
    weight[:, 0] = 1.0
    if columns % 2 == 0:
        weight[:, -1] = 1.0
    ring = np.minimum((length * (bins / longest)).astype(np.int64), bins)
    ring[length > longest] = bins
    ring[0, 0] = bins
    count = np.bincount(ring.ravel(), weight.ravel(), minlength=bins + 1)[:bins]
    order = np.full(bins + 1, np.count_nonzero(count), dtype=np.int64)
    order[:-1][count > 0] = np.arange(np.count_nonzero(count))
    total = np.bincount(ring.ravel(), (length * weight).ravel(), minlength=bins + 1)[:bins]
    kept = count > 0
    return Annuli(total[kept] / count[kept], count[kept].astype(np.int64), order[ring], weight, v, u)
