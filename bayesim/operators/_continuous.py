"""A residual as a function of direction: pixels are looked up, and made into an image only when one is asked for."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.conventions import w_phase_cosine
from bayesim.operators._contract import Residual
from bayesim.operators._planes import Planes
from bayesim.operators._raster import raster
from bayesim.sky import Grid

__all__ = ["ContinuousResidual", "PixelResponse", "along_the_sphere"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_NEWTON_STEPS = 3
"""From a lattice point half a cell away, this reaches a maximum to a hundredth of a cell."""

_BETWEEN = 0.5
"""A maximum between lattice points of twice the Nyquist rate is at most ``1/cos^2(pi/4)`` times their largest in two
dimensions (Ehlich & Zeller 1964): lattice extremes below this share of the floor cannot hide a pixel above it."""

_FINE = 6.0
"""Pixels per lattice cell above which Newton steps on the function are cheaper than climbing pixel by pixel."""

_FEW, _SMALL = 4, 8
"""Pixels per lattice point, and lattice points a side, up to which all pixels are looked at."""


class PixelResponse:
    """Real factor on the sky before the Fourier sum, by flat pixel index; one everywhere without an image."""

    def __init__(self, image: Floats | None) -> None:
        self.image = image

    def at(self, indices: Indices) -> Floats:
        """Return the factor of flat pixel indices, of any shape."""
        return np.ones(np.shape(indices)) if self.image is None else self.image.ravel()[indices]

    @property
    def everywhere(self) -> Floats | float:
        """The factor of all pixels."""
        return 1.0 if self.image is None else self.image


class ContinuousResidual(Residual):
    """``A^T W (y - A x)`` from planes of the residual visibilities.

    Parameters
    ----------
    planes : Planes
        The transform.
    values : ndarray, shape ``planes.shape``
        ``planes.adjoint(weight * residual)``, or a share of it.
    energy : float
        ``||y - A x||_W^2``.
    grid : Grid
        Pixels of the image.
    response : PixelResponse
        Factor of every pixel.
    rest : ContinuousResidual, optional
        What is added to it: a residual over the same field from a transform of the same lattice.
    """

    def __init__(
        self,
        planes: Planes,
        values: Floats,
        energy: float,
        *,
        grid: Grid,
        response: PixelResponse,
        rest: "ContinuousResidual | None" = None,
    ) -> None:
        self._planes, self._values, self.energy = planes, values, energy
        self.grid, self.response, self._rest = grid, response, rest
        self._found: dict[tuple[float, float], tuple[Indices, Floats]] = {}

    @cached_property
    def image(self) -> Floats:
        """``A^T W (y - A x)`` in 1/Jy, shape (rows, columns)."""
        own = raster(self._planes, self._values, self.grid.l, self.grid.m) * self.response.everywhere
        return own if self._rest is None else own + self._rest.image

    def at(self, indices: Indices) -> Floats:
        """Return the image at flat pixel indices."""
        return self.value(*self.grid.directions(indices)) * self.response.at(indices)

    def value(self, l: Floats, m: Floats) -> Floats:
        """Return ``Re sum_i weight_i r_i exp(2 pi i (u l + v m + w (n - 1)))`` at directions, without a response."""
        own = self._planes.at(self._values, l, m, w_phase_cosine(l, m))
        return own if self._rest is None else own + self._rest.value(l, m)

    def jet(self, l: Floats, m: Floats) -> Floats:
        """Return :meth:`value` and its derivatives d/dl, d/dm, ll, lm, mm along the sphere, shape (k, 6)."""
        own = along_the_sphere(self._planes.jet(self._values, l, m, w_phase_cosine(l, m)).T, l, m)
        return own if self._rest is None else own + self._rest.jet(l, m)

    def samples(self) -> Floats:
        """Return values spread evenly over the field, for statistics: those of the lattice."""
        return self._lattice.ravel()

    def maxima(self, floor: float) -> tuple[Indices, Floats]:
        """Return flat indices and values of the local maxima that reach ``floor``, and of the largest pixel.

        The lattice's maxima are moved to those of the pixels, so the cost does not depend on the number of pixels;
        maxima closer together than two lattice cells (half a resolution element) may be found as one, the higher.
        """
        return super().maxima(floor) if self._image_is_cheap else self._summits(floor, 1.0)

    def minima(self, floor: float) -> tuple[Indices, Floats]:
        """Return flat indices and values of the local minima down to ``floor``, and of the smallest pixel."""
        if self._image_is_cheap:
            return super().minima(floor)
        indices, heights = self._summits(-floor, -1.0)
        return indices, -heights

    @property
    def _image_is_cheap(self) -> bool:
        """Whether pixels are hardly finer than the lattice, or the lattice too small for maxima to stand apart."""
        rows, columns, _ = self._planes.shape
        return self.grid.size <= _FEW * rows * columns or min(a.size for a in self._planes.lattice()) < _SMALL

    def _summits(self, floor: float, sign: float) -> tuple[Indices, Floats]:
        key = floor, sign
        if key not in self._found:
            self._found[key] = self._search(floor, sign)
        return self._found[key]

    def _search(self, floor: float, sign: float) -> tuple[Indices, Floats]:
        (l, m), height = self._planes.lattice(), sign * self._lattice
        crest = height == ndimage.maximum_filter(height, size=3, mode="nearest")
        level = min(floor, float(height.max()))
        # the lowest level may be negative, where the image has one sign
        crest &= height >= min(_BETWEEN * level, level / _BETWEEN)
        rows, columns = np.nonzero(crest)
        directions = l[columns], m[rows]
        if l[1] - l[0] > _FINE * self.grid.cell or m[1] - m[0] > _FINE * self.grid.cell:
            half = np.ptp(l[:2]) / 2, np.ptp(m[:2]) / 2
            directions = self.summit(*directions, sign=sign, reach=half)
        pixels, heights = self._climb(self._nearest(*directions), sign)
        keep = heights >= min(floor, float(heights.max()))
        return pixels[keep], heights[keep]

    @cached_property
    def _lattice(self) -> Floats:
        """Values on the lattice, shape (rows, columns), with the response of the nearest pixel."""
        l, m = self._planes.lattice()
        own = raster(self._planes, self._values, l, m)
        if self.response.image is not None:
            own *= self.response.at(self._nearest(*np.meshgrid(l, m)))
        return own if self._rest is None else own + self._rest._lattice

    def summit(
        self, l: Floats, m: Floats, *, sign: Floats | float, reach: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Move directions to the maxima near them of ``sign`` times the function, by Newton steps within the field.

        ``sign`` is 1 or -1, for all or for each; ``reach`` bounds a step in l and in m.
        """
        for _ in range(_NEWTON_STEPS):
            _, gl, gm, hll, hlm, hmm = sign * self.jet(l, m).T
            determinant = hll * hmm - hlm**2
            concave = (determinant > 0) & (hll < 0)
            safe = np.where(concave, determinant, 1.0)
            steps = (hlm * gm - hmm * gl) / safe, (hlm * gl - hll * gm) / safe
            dl, dm = (np.where(concave, np.clip(s, -most, most), 0) for s, most in zip(steps, reach, strict=True))
            l = np.clip(l + dl, self.grid.l.min(), self.grid.l.max())
            m = np.clip(m + dm, self.grid.m.min(), self.grid.m.max())
        return l, m

    def _nearest(self, l: Floats, m: Floats) -> Indices:
        rows, columns = self.grid.shape
        column = np.rint((self.grid.l[0] - l) / self.grid.cell).astype(np.int64).clip(0, columns - 1)
        row = np.rint((m - self.grid.m[0]) / self.grid.cell).astype(np.int64).clip(0, rows - 1)
        return np.asarray(row * columns + column)

    def _climb(self, pixels: Indices, sign: float) -> tuple[Indices, Floats]:
        """Walk to pixels that none of their neighbours exceeds; return them once each, with their heights."""
        rows, columns = self.grid.shape
        shifts = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
        done, heights = np.empty(0, dtype=np.int64), np.empty(0)
        pixels = np.unique(pixels)
        while pixels.size:
            row, column = np.divmod(pixels, columns)
            around = (row[:, None] + shifts[:, 0]).clip(0, rows - 1) * columns
            around += (column[:, None] + shifts[:, 1]).clip(0, columns - 1)
            values = sign * self.at(around.ravel()).reshape(around.shape)
            best = np.argmax(values, axis=1)
            here = values[:, 4] >= values.max(axis=1)
            done, heights = np.append(done, pixels[here]), np.append(heights, values[here, 4])
            pixels = np.setdiff1d(around[~here, best[~here]], done)
        order = np.argsort(done, kind="stable")
        return done[order], heights[order]


def along_the_sphere(jets: Floats, l: Floats, m: Floats) -> Floats:
    """Return value, d/dl, d/dm, ll, lm, mm where n follows l and m, shape (k, 6).

    ``jets`` holds f, l, m, n, ll, lm, ln, mm, mn, nn of a function of (l, m, n), shape (10, k).
    """
    f, fl, fm, ft, fll, flm, flt, fmm, fmt, ftt = jets
    n = 1 + w_phase_cosine(l, m)
    tl, tm = -l / n, -m / n
    tll, tlm, tmm = -1 / n - l**2 / n**3, -l * m / n**3, -1 / n - m**2 / n**3
    out = [
        f,
        fl + ft * tl,
        fm + ft * tm,
        fll + 2 * flt * tl + ftt * tl * tl + ft * tll,
        flm + flt * tm + fmt * tl + ftt * tl * tm + ft * tlm,
        fmm + 2 * fmt * tm + ftt * tm * tm + ft * tmm,
    ]
    return np.stack(out, axis=1)
