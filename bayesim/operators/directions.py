"""Point sources anywhere on the sky: residual, gradient and curvature in flux and position, Fisher information."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.data._visibilities import Visibilities
from bayesim.errors import GridError
from bayesim.operators._continuous import ContinuousResidual, PixelResponse, along_the_sphere
from bayesim.operators._inner_products import Side, inner_products
from bayesim.operators._parallel import on_threads, slices
from bayesim.operators._planes import Box, Planes
from bayesim.operators._planes_normal import PlanesNormal
from bayesim.operators._slopes import Slopes
from bayesim.operators.psf_kernel import PsfKernel
from bayesim.operators.response import Response, Sensitivity
from bayesim.sky import Grid

__all__ = ["Directions", "PointResidual"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Indices = NDArray[np.int64]
Sources = tuple[Floats, Floats, Floats]

_TOLERANCE = 1e-7
"""Of the residual, relative to the sum of all fluxes: a hundredth of a standard error at signal-to-noise 1e5."""

_PREDICTION = 1e-5
"""Of a change of the residual: errors are some 30 times smaller, and an exact residual follows."""

_KERNEL_TOLERANCE = 1e-6
"""Of the information matrix: it steers the descent and gives errors, the gradients come from the residual."""

_PAIRS, _WORTH_THREADS = 1 << 17, 1 << 11
"""Pairs of sources at a time (some 50 MiB), and from how many on threads are worth starting."""


class PointResidual(NamedTuple):
    """What a list of sources leaves of the data, computed from all visibilities."""

    visibilities: Complexes
    """``y - A(sources)`` in Jy, shape (n_vis,)."""
    function: ContinuousResidual
    """``Re A^H W (y - A(sources))`` as a function of direction, without the response."""

    @property
    def energy(self) -> float:
        """``||y - A(sources)||_W^2``, dimensionless."""
        return self.function.energy


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

    def residual(self, flux: Floats, l: Floats, m: Floats) -> PointResidual:
        """Return the residual of sources of ``flux`` (Jy) at ``l``, ``m``, shapes (k,), from all visibilities."""
        left = self.vis.data
        if flux.size:
            apparent = flux * self.sensitivity(l, m).value
            left = left - self._planes.forward(l, m, w_phase_cosine(l, m), apparent)
        values = self._planes.adjoint(self.vis.weight * left)
        energy = float(np.sum(self.vis.weight * np.abs(left) ** 2))
        function = ContinuousResidual(self._planes, values, energy, grid=self.grid, response=PixelResponse(None))
        return PointResidual(left, function)

    def predicted(self, residual: PointResidual, before: Sources, after: Sources) -> ContinuousResidual:
        """Return the residual of the sources ``after`` from that of the sources ``before``.

        Without reading the data, to 1e-6 of the change, where that is the cheaper way; else :meth:`residual`.

        Parameters
        ----------
        residual : PointResidual
            From :meth:`residual`.
        before, after : (flux, l, m)
            The sources that it belongs to, and the ones asked for: Jy and direction cosines.
        """
        planes, known = self._loose, residual.function
        if not PlanesNormal.is_worth_it(planes, self._planes, len(self.vis)):
            return self.residual(*after).function
        apparent, l, m = self._change(before, after)
        moved = -self._normal(planes.deposited(l, m, w_phase_cosine(l, m), apparent))
        found = ContinuousResidual(planes, moved, 0.0, grid=self.grid, response=PixelResponse(None), rest=known)
        # the energy is quadratic in the sky, and its slope is known at both ends
        found.energy = known.energy - float(apparent @ (known.value(l, m) + found.value(l, m)))
        return found

    def shifted(self, at: tuple[Floats, Floats], before: Sources, after: Sources) -> Floats:
        """Return what replacing sources adds to the residual at directions, with derivatives, shape (k, 6).

        As :meth:`ContinuousResidual.jet`, from :attr:`kernel`: for a few sources the cheapest way.
        """
        apparent, l, m = self._change(before, after)
        jets = self.kernel.jet(at, (l, m), *_every_pair(at[0].size, l.size)).reshape(-1, l.size, 10)
        return along_the_sphere(-np.einsum("ijc,j->ci", jets, apparent), *at)

    def _change(self, before: Sources, after: Sources) -> Sources:
        """Return apparent flux and place of what turns one list of sources into another."""
        flux = np.concatenate([after[0], -before[0]])
        l, m = (np.concatenate([after[i], before[i]]) for i in (1, 2))
        return flux * self.sensitivity(l, m).value, l, m

    def slopes(self, jet: Floats, flux: Floats, l: Floats, m: Floats) -> Slopes:
        """Return gradient and curvature of half the energy at sources, from the residual's ``jet`` there, (k, 6)."""
        return Slopes.of(jet, flux, self.sensitivity(l, m))

    def information(self, flux: Floats, l: Floats, m: Floats) -> Floats:
        """Return the Fisher information of all fluxes, l and m together, shape (3 k, 3 k).

        ``J^T W J`` with the columns ordered (flux, l, m), in 1/Jy^2, 1/(Jy radian) and 1/radian^2; its inverse is the
        Cramer-Rao bound, blends included. It comes from :attr:`kernel`, not from the visibilities.
        """
        out = np.empty((3 * l.size, 3 * l.size))
        self.update_information(out, (flux, l, m), *np.tril_indices(l.size))
        return out

    def update_information(self, information: Floats, sources: Sources, i: Indices, j: Indices) -> None:
        """Write what sources ``i`` and ``j``, shapes (n,), have to do with each other into the matrix, in place."""
        k = sources[0].size
        side, out = Side.of(*sources, self.sensitivity(*sources[1:])), information.reshape(3, k, 3, k)

        def some(part: slice) -> None:
            a, b = i[part], j[part]
            block = inner_products(self.kernel.jet(sources[1:], sources[1:], a, b), side.take(a), side.take(b))
            for p, q in np.ndindex(3, 3):
                out[p, a, q, b] = block[p, q]
                out[q, b, p, a] = block[p, q]

        threads = self.threads if i.size > _WORTH_THREADS else 1
        on_threads(some, slices(i.size, max(-(-i.size // _PAIRS), threads)), threads=threads)

    def overlap(self, at: tuple[Floats, Floats], flux: Floats, l: Floats, m: Floats) -> Floats:
        """Return ``a(at)^T W J`` between unit fluxes at trial directions and the sources' columns, (trials, 3 k)."""
        ones, (i, j) = np.ones(at[0].size), _every_pair(at[0].size, l.size)
        trial = Side.of(ones, *at, Sensitivity(ones, 0 * ones, 0 * ones))
        side = Side.of(flux, l, m, self.sensitivity(l, m))
        block = inner_products(self.kernel.jet(at, (l, m), i, j), trial.take(i), side.take(j))[0]
        return np.asarray(block.reshape(3, -1, l.size).transpose(1, 0, 2).reshape(at[0].size, -1))

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
    def _planes(self) -> Planes:
        return Planes(*self.baselines, Box.of(self.grid), tolerance=_TOLERANCE, threads=self.threads)

    @cached_property
    def _normal(self) -> PlanesNormal:
        return PlanesNormal(self._loose, self.vis.weight)

    @cached_property
    def _loose(self) -> Planes:
        return Planes(*self.baselines, Box.of(self.grid), tolerance=_PREDICTION, threads=self.threads)


def _every_pair(rows: int, columns: int) -> tuple[Indices, Indices]:
    i, j = np.indices((rows, columns))
    return i.ravel(), j.ravel()
