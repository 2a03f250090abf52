"""The sky on a dense grid to visibilities with w, by a short expansion of the w phase and one NUFFT per term."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.errors import DataError, GridError
from bayesim.operators._band import Band
from bayesim.operators._grid_points import centre_phase, turns_per_pixel
from bayesim.operators._half_plane import combine, expand
from bayesim.operators._parallel import on_threads
from bayesim.operators._phase_basis import PhaseBasis
from bayesim.sky import Grid

__all__ = ["Wide"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_BLOCK_NUMBERS = 1 << 17
"""Numbers (rows, padded columns, terms) in flight per thread: 1 MiB stays in cache."""


class Wide:
    """``V_i = sum_p I_p exp(-2 pi i (u_i l_p + v_i m_p + w_i (n_p - 1)))`` on a grid, w included.

    Parameters
    ----------
    u, v, w : ndarray, shape (n_vis,)
        Baselines in wavelengths.
    grid : Grid
        Pixels of the image.
    tolerance : float
        Accuracy relative to ``sum |I|`` (forward) and ``sum |y|`` (adjoint), in [1e-13, 0.1]; the adjoint is exact
        for the discretised sum whatever it is.
    threads : int
        Threads of one call.

    Raises
    ------
    DataError
        Lengths differ or there is no visibility.
    GridError
        The tolerance or the number of threads is out of range.

    Notes
    -----
    With ``t = n - 1`` centred on the field, ``exp(2 pi i w t)`` is expanded in ``rank`` products of a real factor
    of w, a real factor of t and 1 or i (:mod:`_phase_basis`), so every term is a real image: half a complex FFT,
    and only for the part of the uv plane that has data (:mod:`_band`). The rank grows with ``2 pi max|w| range(t)``:
    13 for 4 radians and 17 for 9 at 1e-7. Memory: ``8 rank`` bytes per visibility, and a fine uv grid of at most
    256 MiB (or one term's) at a time.
    """

    def __init__(
        self, u: Floats, v: Floats, w: Floats, grid: Grid, *, tolerance: float = 1e-7, threads: int = 1
    ) -> None:
        u, v, w = (np.asarray(c, dtype=np.float64) for c in (u, v, w))
        if u.ndim != 1 or not u.size or not u.shape == v.shape == w.shape:
            raise DataError(f"u {u.shape}, v {v.shape}, w {w.shape} must be three non-empty lists of one length")
        if not 1e-13 <= tolerance <= 0.1:
            raise GridError(f"tolerance {tolerance} must lie in [1e-13, 0.1]")
        if threads < 1:
            raise GridError(f"threads {threads} must be at least 1: state the number wanted")
        self.grid, self.tolerance, self.threads = grid, tolerance, threads
        low, high = float(grid.n_minus_1.min()), float(grid.n_minus_1.max())
        self._middle, self._half_range = (low + high) / 2, (high - low) / 2
        longest = float(np.abs(w).max())
        # half of the tolerance for the expansion, half for the gridding
        self.basis = PhaseBasis.of_bandwidth(2 * np.pi * longest * self._half_range, tolerance=tolerance / 2)
        factors = self.basis.factors(w / longest if longest else w)
        turns = w * self._middle
        self._phase = np.conj(centre_phase(u, v, grid)) * np.exp(2j * np.pi * (turns - np.rint(turns)))
        rows, columns = turns_per_pixel(u, v, grid)
        self._band = Band(
            rows, columns, factors, self.basis.n_even, grid.shape, tolerance=tolerance / 2, threads=threads
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.grid.shape

    @property
    def n_vis(self) -> int:
        """Number of visibilities."""
        return int(self._phase.size)

    def forward(self, image: Floats) -> NDArray[np.complex128]:
        """Return the visibilities (Jy), shape (n_vis,), of an image (Jy/pixel), shape (rows, columns)."""
        image = np.ascontiguousarray(image, dtype=np.float64)
        total = np.zeros(self.n_vis, dtype=np.complex128)
        for terms in self._band.chunks():
            band = self._band.empty(len(terms))
            self._each_block(partial(self._rows_to_band, image, band, terms), terms)
            self._band.interpolate(band, terms, total)
        return np.asarray(total * self._phase.conj())

    def adjoint(self, visibilities: NDArray[np.complex128]) -> Floats:
        """Return ``Re A^H y``, shape (rows, columns)."""
        image = np.zeros(self.shape)
        for terms in self._band.chunks():
            band = self._band.spread(visibilities * self._phase, terms)
            self._each_block(partial(self._band_to_rows, image, band, terms), terms)
        return image

    def _rows_to_band(self, image: Floats, band: Complexes, terms: range, rows: slice) -> None:
        y = self._offsets(rows)
        planes = np.empty((len(terms), len(y), self._band.padded[1]))
        expand(image[rows], y, *self._functions(terms), self._band.correction[1], planes)
        self._band.absorb(band, planes, np.arange(rows.start, rows.stop))

    def _band_to_rows(self, image: Floats, band: Complexes, terms: range, rows: slice) -> None:
        planes = self._band.planes(band, np.arange(rows.start, rows.stop))
        combine(planes, self._offsets(rows), *self._functions(terms), self._band.correction[1], image[rows])

    def _functions(self, terms: range) -> tuple[Floats, NDArray[np.bool_]]:
        some = slice(terms.start, terms.stop)
        return self.basis.series[some], np.arange(terms.start, terms.stop) >= self.basis.n_even

    def _offsets(self, rows: slice) -> Floats:
        """Return ``n - 1`` of image rows, scaled to [-1, 1]."""
        t = w_phase_cosine(self.grid.l[None, :], self.grid.m[rows, None])
        return (t - self._middle) / (self._half_range or 1.0)

    def _each_block(self, job: Callable[[slice], None], terms: range) -> None:
        step = max(1, _BLOCK_NUMBERS // (len(terms) * self._band.padded[1]))
        blocks = [slice(r, min(r + step, self.shape[0])) for r in range(0, self.shape[0], step)]
        on_threads(job, blocks, threads=self.threads)
