"""Point sources anywhere on the sky: exact residual, gradient in flux and position, and Fisher information."""

from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bayesim.conventions import w_phase_cosine
from bayesim.data._visibilities import Visibilities
from bayesim.errors import GridError
from bayesim.operators._inner_products import Side, inner_products, slopes_of_n
from bayesim.operators._parallel import on_threads, slices
from bayesim.operators._phasor import phasors
from bayesim.operators.psf_kernel import PsfKernel
from bayesim.operators.response import Response, Sensitivity
from bayesim.operators.sparse import Sparse
from bayesim.operators.wide import Wide
from bayesim.sky import Grid

__all__ = ["Directions", "PointResidual"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_BLOCK_NUMBERS = 1 << 17
"""Sines and cosines held at once by one thread (1 MiB): they are made once and used twice while in cache."""

_KERNEL_TOLERANCE = 1e-6
"""Of the information matrix: it steers the descent and gives errors, the gradients are exact."""

_IMAGE_TOLERANCE = 1e-7

_STRIPS = 8
"""Strips of the symmetric information matrix: with 8 of them 56 % of it are computed."""


class PointResidual(NamedTuple):
    """The state of the data fit at a list of sources."""

    visibilities: Complexes
    """``y - A(sources)`` in Jy, shape (n_vis,)."""
    energy: float
    """``||y - A(sources)||_W^2``, dimensionless."""
    score: Floats
    """Minus the gradient of half the energy with respect to flux (1/Jy), l and m (1/radian), shape (3, k)."""


class Directions:
    """``V_i = sum_p f_p R(l_p, m_p) exp(-2 pi i (u_i l_p + v_i m_p + w_i (n_p - 1)))`` as a function of f, l and m.

    Parameters
    ----------
    vis : Visibilities
        Calibrated data.
    grid : Grid
        The field of view, which holds every source, and the pixels of images.
    response : callable, optional
        ``R`` and its slopes, such as :class:`~bayesim.operators.GridResponse`; 1 by default.
    coplanar : bool
        Whether the w term is left out.
    threads : int
        Threads of one call.
    """

    def __init__(
        self,
        vis: Visibilities,
        grid: Grid,
        *,
        response: Response | None = None,
        coplanar: bool = False,
        threads: int = 1,
    ) -> None:
        if threads < 1:
            raise GridError(f"threads {threads} must be at least 1: state the number wanted")
        self.vis, self.grid, self.response = vis, grid, response
        self.coplanar, self.threads = coplanar, threads
        w = np.zeros(len(vis)) if coplanar else vis.w
        u, v, w = (np.ascontiguousarray(c, dtype=np.float64) for c in (vis.u, vis.v, w))
        self.baselines: tuple[Floats, Floats, Floats] = (u, v, w)

    def sensitivity(self, l: Floats, m: Floats) -> Sensitivity:
        """Return the response and its slopes at directions."""
        if self.response is None:
            return Sensitivity(np.ones(l.size), np.zeros(l.size), np.zeros(l.size))
        return self.response(l, m)

    def at(self, flux: Floats, l: Floats, m: Floats, *, data: Complexes | None = None) -> PointResidual:
        """Return the exact residual of sources of ``flux`` (Jy) at ``l``, ``m``, shapes (k,).

        ``data`` (Jy) takes the place of the measured visibilities, such as what other sources leave of them.
        """
        data = self.vis.data if data is None else data
        seen = self.sensitivity(l, m)
        u, v, w = self.baselines
        sparse = Sparse(u, v, None if self.coplanar else w, l, m, threads=self.threads)
        left, sums = (self._directly if sparse.direct else partial(self._by_transform, sparse))(
            data, flux * seen.value, l, m
        )
        slope_l, slope_m = slopes_of_n(l, m)
        score = np.stack(
            [
                seen.value * sums[0],
                flux * (seen.east * sums[0] + seen.value * (sums[1] + slope_l * sums[3])),
                flux * (seen.north * sums[0] + seen.value * (sums[2] + slope_m * sums[3])),
            ]
        )
        return PointResidual(left, float(np.sum(self.vis.weight * np.abs(left) ** 2)), score)

    def _directly(self, data: Complexes, apparent: Floats, l: Floats, m: Floats) -> tuple[Complexes, Floats]:
        """Return the residual visibilities and their four sums (plain, and 2 pi u, v, w times) at the sources."""
        left, t = np.empty(len(self.vis), dtype=np.complex128), w_phase_cosine(l, m)
        step = max(64, _BLOCK_NUMBERS // (2 * max(1, l.size)))
        totals: list[Floats] = []

        def part(rows: slice) -> None:
            total, table = np.zeros((l.size, 4)), np.empty((l.size, 2 * step))
            for start in range(rows.start, rows.stop, step):
                block = slice(start, min(start + step, rows.stop))
                total += self._block(
                    block, data=data, apparent=apparent, directions=(l, m, t), table=table, left=left
                )
            totals.append(total)

        with threadpool_limits(1, user_api="blas"):
            on_threads(part, slices(left.size, self.threads), threads=self.threads)
        return left, np.sum(totals, axis=0).T

    def _block(
        self,
        block: slice,
        *,
        data: Complexes,
        apparent: Floats,
        directions: tuple[Floats, Floats, Floats],
        table: Floats,
        left: Complexes,
    ) -> Floats:
        """Set ``left`` on a block of visibilities and return the block's share of the sums, shape (k, 4)."""
        u, v, w = (c[block] for c in self.baselines)
        table = table[:, : 2 * u.size]
        l, m, t = directions
        phasors(u, v, w, l, m, t, np.ones(u.size), table)
        model = apparent @ table
        left[block] = data[block] - model[: u.size] + 1j * model[u.size :]
        weighted = self.vis.weight[block] * left[block]
        sums = np.empty((2 * u.size, 4))
        sums[: u.size, 0], sums[u.size :, 0] = weighted.real, -weighted.imag
        for column, baseline in enumerate((u, v, w), 1):
            sums[: u.size, column] = -2 * np.pi * baseline * weighted.imag
            sums[u.size :, column] = -2 * np.pi * baseline * weighted.real
        return np.asarray(table @ sums)

    def _by_transform(
        self, sparse: Sparse, data: Complexes, apparent: Floats, l: Floats, m: Floats
    ) -> tuple[Complexes, Floats]:
        left = data - sparse.forward(apparent)
        weighted = self.vis.weight * left
        turned = [2j * np.pi * baseline * weighted for baseline in self.baselines]
        return left, np.stack([sparse.adjoint(y) for y in (weighted, *turned)])

    def information(self, flux: Floats, l: Floats, m: Floats) -> Floats:
        """Return the Fisher information of all fluxes, l and m together, shape (3 k, 3 k).

        ``J^T W J`` with the columns ordered (flux, l, m), in 1/Jy^2, 1/(Jy radian) and 1/radian^2; its inverse is the
        Cramer-Rao bound, blends included. It comes from :attr:`kernel`, not from the visibilities.
        """
        k, seen = l.size, self.sensitivity(l, m)
        out = np.empty((3, k, 3, k))

        def part(rows: slice) -> None:
            # K is symmetric: the columns before these rows are the transpose of blocks done elsewhere
            other = slice(rows.start, k)
            jet = self.kernel.jet((l[rows], m[rows]), (l[other], m[other]))
            block = inner_products(jet, Side.of(l, m, flux, seen, rows), Side.of(l, m, flux, seen, other))
            out[:, rows, :, other] = block
            out[:, other, :, rows] = block.transpose(2, 3, 0, 1)

        on_threads(part, slices(k, min(k, _STRIPS)), threads=self.threads)
        return np.asarray(out.reshape(3 * k, 3 * k))

    def overlap(self, at: tuple[Floats, Floats], flux: Floats, l: Floats, m: Floats) -> Floats:
        """Return ``a(at)^T W J`` between unit fluxes at trial directions and the sources' columns, (trials, 3 k)."""
        seen, every = self.sensitivity(l, m), slice(None)
        ones = np.ones(at[0].size)
        trial = Side.of(*at, ones, Sensitivity(ones, 0 * ones, 0 * ones), every)
        jet = self.kernel.jet(at, (l, m))
        return np.asarray(inner_products(jet, trial, Side.of(l, m, flux, seen, every))[0].reshape(at[0].size, -1))

    def image(self, visibilities: Complexes) -> Floats:
        """Return ``Re A^H W y`` on the grid in 1/Jy, shape (rows, columns), without the response."""
        return self._wide.adjoint(self.vis.weight * visibilities)

    @cached_property
    def kernel(self) -> PsfKernel:
        """The PSF between any two directions of the field."""
        u, v, w = self.baselines
        tolerance, threads = _KERNEL_TOLERANCE, self.threads
        return PsfKernel(u, v, w, self.vis.weight, self.grid, tolerance=tolerance, threads=threads)

    @cached_property
    def metric(self) -> Floats:
        """Matrix (2, 2) that turns (l, m) into beams: two sources whose images differ by 1 are a beam apart.

        The beam is the full width at half maximum of the Gaussian that has the PSF's curvature.
        """
        u, v, _ = self.baselines
        moments = np.stack([u, v]) * self.vis.weight @ np.stack([u, v]).T / self.vis.sum_weight
        values, axes = np.linalg.eigh(moments)
        return np.asarray(axes * np.sqrt(np.maximum(values, 0.0) * (2 * np.pi) ** 2 / (8 * np.log(2.0))) @ axes.T)

    @cached_property
    def _wide(self) -> Wide:
        u, v, w = self.baselines
        return Wide(u, v, w, self.grid, tolerance=_IMAGE_TOLERANCE, threads=self.threads)
