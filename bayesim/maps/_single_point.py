"""One source as one point at a continuous position: its own certificate, free of the pixels.

On a grid a point between pixels is made of its neighbours, and the certificate around it is bent by them: at a
signal-to-noise ratio of 100 the bend is larger than the contour that is asked for. So the atoms of the source are put
back into the residual, and the LASSO of *one* point with continuous position is solved in closed form.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.maps._zoom import TAPS, Patch
from bayesim.operators import NormalEquations
from bayesim.sky import Grid

__all__ = ["SinglePoint", "single_point"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_FEWEST_TAPS = 6
"""Near the edge of the image fewer pixels take part in an interpolation; below this the source is too near."""


@dataclass(frozen=True, eq=False)
class SinglePoint:
    """The data as one source alone left them, and the point that explains them.

    Parameters
    ----------
    seen : Patch
        Residual with the source put back, 1/Jy.
    psf : Patch
        Gram matrix of the central pixel with its neighbours, 1/Jy^2.
    rate : float
        ``lambda`` in 1/Jy.
    x, y : float
        Position of the point from the central pixel, in pixels (columns, rows).
    reach : int
        Offsets in pixels up to which the patches may be read.
    """

    seen: Patch
    psf: Patch
    rate: float
    x: float
    y: float
    reach: int

    @cached_property
    def peak(self) -> float:
        """``A'Wy`` of this source at its position, in 1/Jy: flux times the PSF's peak."""
        return float(self.seen.at(np.array([self.x]), np.array([self.y]))[0])

    @property
    def weight(self) -> float:
        """Peak of the PSF in 1/Jy^2."""
        return float(self.psf.values[self.psf.values.shape[0] // 2, self.psf.values.shape[0] // 2])

    @property
    def flux(self) -> float:
        """Least-squares flux in Jy, without the shrinkage of lambda."""
        return self.peak / self.weight

    @property
    def snr(self) -> float:
        """Flux over its standard error, the source alone."""
        return float(self.peak / self.weight**0.5)

    def certificate(self, x: Floats, y: Floats) -> Floats:
        """Return ``eta`` at offsets from the point: 1 and flat at (0, 0)."""
        flux = (self.peak - self.rate) / self.weight
        return np.asarray((self.seen.at(x + self.x, y + self.y) - flux * self.psf.at(x, y)) / self.rate)

    def misfit(self) -> float:
        """Return what one point leaves of the data within reach: the largest value over its noise."""
        half, reach = self.seen.values.shape[0] // 2, self.reach - 1
        steps = np.arange(-reach, reach + 1, dtype=np.float64)
        x, y = (grid.ravel() for grid in np.meshgrid(steps, steps))
        seen = self.seen.values[half - reach : half + reach + 1, half - reach : half + reach + 1].ravel()
        left = seen - self.flux * self.psf.at(x - self.x, y - self.y)
        return float(np.abs(left).max() / self.weight**0.5)

    def curvature(self) -> Floats:
        """Return minus the Hessian of the normalised PSF at its peak per pixel^2, axes (columns, rows)."""
        step = 0.1
        x, y = np.array([0, 1, -1, 0, 0, 1, -1, 1, -1]) * step, np.array([0, 0, 0, 1, -1, 1, -1, -1, 1]) * step
        p = self.psf.at(x, y) / self.weight
        xx, yy = (2 * p[0] - p[1] - p[2]) / step**2, (2 * p[0] - p[3] - p[4]) / step**2
        xy = -(p[5] + p[6] - p[7] - p[8]) / (4 * step**2)
        return np.array([[xx, xy], [xy, yy]])

    def with_taps(self, taps: int) -> "SinglePoint":
        """Return the same point seen by another interpolation, which tells how far it can be trusted."""
        return replace(self, seen=Patch(self.seen.values, taps), psf=Patch(self.psf.values, taps))


def single_point(
    equations: NormalEquations, residual: Floats, atoms: Indices, fluxes: Floats, *, rate: float, reach: int
) -> SinglePoint | None:
    """Replace the atoms of one source by one point.

    Parameters
    ----------
    equations : NormalEquations
        For the PSF about this source, w included.
    residual : ndarray, shape (rows, columns)
        ``A'W (y - A x)`` in 1/Jy.
    atoms : ndarray of int64, shape (k,)
        Flat indices of the source's atoms.
    fluxes : ndarray, shape (k,)
        In Jy, as in the residual.
    rate : float
        ``lambda`` in 1/Jy.
    reach : int
        Pixels about the source that are needed.

    Returns
    -------
    SinglePoint or None
        None where the source is too near the edge to be read between pixels, or wanders off its own pixels.
    """
    grid = equations.grid
    centre = int(atoms[np.argmax(np.abs(fluxes))])
    row, column = divmod(centre, grid.shape[1])
    room = min(row, column, grid.shape[0] - 1 - row, grid.shape[1] - 1 - column)
    taps = min(TAPS, room - reach)
    if taps < _FEWEST_TAPS:
        return None
    pixels = _square(grid, row, column, half=reach + taps)
    columns = equations.gram(pixels.ravel(), np.append(atoms, centre)).reshape(*pixels.shape, -1)
    seen = residual.ravel()[pixels] + columns[..., :-1] @ fluxes
    sign = 1.0 if fluxes.sum() >= 0 else -1.0
    patch = Patch(sign * seen, taps)
    place = _summit(patch, reach=reach)
    if place is None:
        return None
    return SinglePoint(patch, Patch(columns[..., -1], taps), rate, *place, reach)


def _square(grid: Grid, row: int, column: int, *, half: int) -> Indices:
    rows, columns = (np.arange(place - half, place + half + 1) for place in (row, column))
    return np.asarray(rows[:, None] * grid.shape[1] + columns, dtype=np.int64)


def _summit(patch: Patch, *, reach: int) -> tuple[float, float] | None:
    """Climb to the maximum next to the centre by ever finer squares of points, in pixels; None if it leads away."""
    step, x, y = 0.5, 0.0, 0.0
    ring = np.arange(-2.0, 3.0)
    dx, dy = (grid.ravel() for grid in np.meshgrid(ring, ring))
    for _ in range(200):
        best = int(np.argmax(patch.at(x + step * dx, y + step * dy)))
        x, y = x + step * dx[best], y + step * dy[best]
        if max(abs(x), abs(y)) > 0.5 * reach:
            return None
        # the middle of the square won: it is high enough for a square of half the size
        step = step / 2 if max(abs(dx[best]), abs(dy[best])) < 2 else step
        if step < 1e-6:
            return float(x), float(y)
    return None
