"""Visibilities and a function of direction that can be looked up anywhere: a type-3 transform kept halfway.

An image of visibilities is band-limited, so its values on a lattice of twice the Nyquist rate of the *array* hold it
everywhere; how small the pixels are never matters. The w phase is expanded as in :class:`~bayesim.operators.Wide`,
one lattice per term.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.operators._band import Band
from bayesim.operators._kernel import GriddingKernel
from bayesim.operators._look_up import deposit, jets, look_up
from bayesim.operators._parallel import on_threads, slices
from bayesim.operators._phase_basis import PhaseBasis
from bayesim.sky import Grid

__all__ = ["Box", "Planes"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_UPSAMPLING = 2.0
"""Lattice over Nyquist rate; its samples also serve to find every maximum."""

_WORTH_THREADS = 4096
"""Look-ups below which starting threads takes longer than it saves."""

_ROWS = 16
"""Lattice rows in flight per thread."""


class Box(NamedTuple):
    """Ranges of the direction cosines East and North and of ``n - 1`` (or of their differences)."""

    l: tuple[float, float]
    m: tuple[float, float]
    t: tuple[float, float]

    @classmethod
    def of(cls, grid: Grid) -> "Box":
        """Return the ranges of a grid without making an image of it."""
        l = float(grid.l.min()), float(grid.l.max())
        m = float(grid.m.min()), float(grid.m.max())
        near = [min(max(0.0, low), high) for low, high in (l, m)]
        far = [max(low, high, key=abs) for low, high in (l, m)]
        low, high = (float(w_phase_cosine(*(np.array(c) for c in corner))) for corner in (far, near))
        return cls(l, m, (low, high))

    @property
    def differences(self) -> "Box":
        """Ranges of the differences of two directions, those to the North only: the other half is its mirror."""
        l, m, t = (high - low for low, high in self)
        return Box((-l, l), (0.0, m), (-t, t))


class Planes:
    """``c(l, m, t) = Re sum_i y_i exp(2 pi i (u_i l + v_i m + w_i t))`` as lattices of real numbers.

    Parameters
    ----------
    u, v, w : ndarray, shape (n_vis,)
        Baselines in wavelengths.
    box : Box
        Where the function is wanted.
    tolerance : float
        Accuracy relative to ``sum_i |y_i|``.
    threads : int
        Threads of one call.

    Notes
    -----
    One kernel interpolates on the lattice and its Fourier transform is divided out of every visibility (Barnett,
    Magland & af Klinteberg 2019, SIAM J. Sci. Comput. 41, C479, section 3.3). Memory ``8 rank`` bytes per
    visibility and per lattice point; there are ``4 max|u| max|v|`` times 4 points per unit of l and m.
    """

    def __init__(self, u: Floats, v: Floats, w: Floats, box: Box, *, tolerance: float, threads: int) -> None:
        self.threads, self.tolerance, share = threads, tolerance, tolerance / 3
        self.kernel = GriddingKernel.of_tolerance(share, upsampling=_UPSAMPLING)
        self._l = self._axis(u, box.l)
        self._m = self._axis(v, box.m)
        self.middle, half = sum(box.t) / 2, (box.t[1] - box.t[0]) / 2
        self.half = half or 1.0
        longest = float(np.abs(w).max(initial=0.0))
        self.basis = PhaseBasis.of_bandwidth(2 * np.pi * longest * half, tolerance=share)
        self.series = np.ascontiguousarray(self.basis.series.T)
        shape = self._m.size, self._l.size
        centre = self._l.start + self._l.step * (shape[1] // 2), self._m.start + self._m.step * (shape[0] // 2)
        turns = u * centre[0] + v * centre[1] + w * self.middle
        self.columns, self.rows = u * self._l.step, v * self._m.step
        self.phase = np.exp(2j * np.pi * (turns - np.rint(turns)))
        self.phase /= self.kernel.transform(self.columns) * self.kernel.transform(self.rows)
        self.factors = self.basis.factors(w / longest if longest else w)
        self._band = Band(
            self.rows, self.columns, self.factors, self.basis.n_even, shape, tolerance=share, threads=threads
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows (North up), columns (East up) and terms."""
        return self._m.size, self._l.size, self.basis.rank

    def adjoint(self, visibilities: Complexes) -> Floats:
        """Return the planes of visibilities, to be given to :meth:`at` and :meth:`jet`."""
        planes = np.empty(self.shape)
        for terms in self._band.chunks():
            fine = self._band.spread(visibilities * self.phase, terms)
            on_threads(partial(self._fill, planes, fine, terms), range(0, self.shape[0], _ROWS), threads=self.threads)
        return planes

    def forward(self, l: Floats, m: Floats, t: Floats, values: Floats) -> Complexes:
        """Return ``sum_p values_p exp(-2 pi i (u l_p + v m_p + w t_p))``: adjoint, then :meth:`at`, transposed."""
        planes = self.deposited(l, m, t, values)
        total = np.zeros(self.phase.size, dtype=np.complex128)
        for terms in self._band.chunks():
            fine = self._band.empty(len(terms))
            on_threads(
                partial(self._absorb, planes, fine, terms), range(0, self.shape[0], _ROWS), threads=self.threads
            )
            self._band.interpolate(fine, terms, total)
        return np.asarray(total * self.phase.conj())

    def deposited(self, l: Floats, m: Floats, t: Floats, values: Floats) -> Floats:
        """Return planes of a sky of sources: the transpose of :meth:`at`."""
        planes = np.zeros(self.shape)
        deposit(planes, *self.position(l, m, t), self.series, self.basis.n_even, self.kernel.taps, values)
        return planes

    def at(self, planes: Floats, l: Floats, m: Floats, t: Floats) -> Floats:
        """Return the values at directions."""
        out = np.empty(np.size(l))
        column, row, y = self.position(l, m, t)

        def some(p: slice) -> None:
            shared = self.series, self.basis.n_even, self.kernel.taps
            look_up(planes, column[p], row[p], y[p], *shared, out[p])

        threads = self.threads if out.size > _WORTH_THREADS else 1
        on_threads(some, slices(out.size, threads), threads=threads)
        return out

    def jet(self, planes: Floats, l: Floats, m: Floats, t: Floats) -> Floats:
        """Return value and derivatives: f, l, m, t, ll, lm, lt, mm, mt, tt; shape (n, 10)."""
        out = np.empty((np.size(l), 10))
        taps = (self.kernel.taps, *self.kernel.slopes)
        jets(planes, *self.position(l, m, t), self.series, self.basis.n_even, taps, out)
        step = np.array([self._l.step, self._m.step, self.half])
        pairs = [step[a] * step[b] for a in range(3) for b in range(a, 3)]
        return np.asarray(out / np.array([1.0, *step, *pairs]))

    def lattice(self) -> tuple[Floats, Floats]:
        """Return l and m of the lattice's columns and rows inside the box."""
        inside = slice(self._margin, -self._margin)
        l, m = (axis.start + axis.step * np.arange(axis.size) for axis in (self._l, self._m))
        return np.asarray(l[inside]), np.asarray(m[inside])

    @property
    def _margin(self) -> int:
        return self.kernel.width // 2 + 1

    def _axis(self, baseline: Floats, reach: tuple[float, float]) -> "_Axis":
        longest = float(np.abs(baseline).max(initial=0.0))
        step = 0.5 / (_UPSAMPLING * longest) if longest else max(reach[1] - reach[0], 1.0)
        inner = int(np.ceil((reach[1] - reach[0]) / step)) + 1
        return _Axis(reach[0] - self._margin * step, step, inner + 2 * self._margin)

    def position(self, l: Floats, m: Floats, t: Floats) -> tuple[Floats, Floats, Floats]:
        """Return directions as columns and rows of the lattice, and as the argument of the terms' factors."""
        column = (np.ravel(l) - self._l.start) / self._l.step
        row = (np.ravel(m) - self._m.start) / self._m.step
        return column, row, np.ascontiguousarray((np.ravel(t) - self.middle) / self.half)

    def _fill(self, planes: Floats, fine: Complexes, terms: range, start: int) -> None:
        rows = np.arange(start, min(start + _ROWS, self.shape[0]))
        made, left = self._band.planes(fine, rows), self.shape[1] // 2
        centred = np.concatenate([made[:, :, -left:], made[:, :, : self.shape[1] - left]], axis=2)
        some = slice(terms.start, terms.stop)
        planes[rows, :, some] = np.moveaxis(centred * self._band.correction[1], 0, 2)

    def _absorb(self, planes: Floats, fine: Complexes, terms: range, start: int) -> None:
        rows = np.arange(start, min(start + _ROWS, self.shape[0]))
        left, padded = self.shape[1] // 2, self._band.padded[1]
        centred = np.moveaxis(planes[rows, :, terms.start : terms.stop], 2, 0) * self._band.correction[1]
        wrapped = np.zeros((len(terms), rows.size, padded))
        wrapped[:, :, padded - left :] = centred[:, :, :left]
        wrapped[:, :, : self.shape[1] - left] = centred[:, :, left:]
        self._band.absorb(fine, wrapped, rows)


class _Axis(NamedTuple):
    """A lattice along one direction cosine."""

    start: float
    step: float
    size: int
