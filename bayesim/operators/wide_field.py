"""Normal equations of a wide field: every residual goes through the visibilities with w, nothing is neglected."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.data._visibilities import Visibilities
from bayesim.errors import ModelError
from bayesim.operators._continuous import ContinuousResidual, PixelResponse
from bayesim.operators._contract import Residual
from bayesim.operators._grid_points import check_response, check_sampling
from bayesim.operators._planes import Box, Planes
from bayesim.operators._planes_normal import PlanesNormal
from bayesim.operators.psf_kernel import PsfKernel
from bayesim.sky import Grid

__all__ = ["WideField"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_LOOSE = 1e-5
"""Tolerance of predictions: errors are some 30 times smaller, and the exact residual follows."""

_GRAM, _ROUGH_GRAM = 1e-9, 1e-5
"""Tolerances of Gram matrices: for likelihoods and errors, and to lead a solver to its next exact residual."""

_PRODUCTS_PER_FFT = 10
"""Products of the spreading of visibilities that cost as much as a number of an FFT pair (measured on one core)."""


class WideField:
    """``1/2 ||y - A x||_W^2`` with w terms, at a cost that does not depend on the size of the pixels.

    Parameters
    ----------
    vis : Visibilities
        Calibrated data.
    grid : Grid
        Pixels of the image.
    response : ndarray, shape (rows, columns), optional
        Real factor on the sky before the Fourier sum (primary beam, ``1/n``).
    tolerance : float
        Accuracy of every model visibility relative to the total flux ``sum |x|``, and of a residual image relative
        to ``sum_i weight_i |residual_i|``.
    threads : int
        Threads of one call.

    Raises
    ------
    GridError
        A baseline lies beyond the Nyquist frequency of the pixels, or the response does not fit the grid.

    Notes
    -----
    Sky and residual live on a lattice of twice the array's Nyquist rate (:mod:`_planes`), from which any pixel is
    looked up; an image is made when one is asked for. The energy is the sum over the residual visibilities: no
    cancellation. Gram matrices come from :class:`~bayesim.operators.PsfKernel`, made when first needed. Memory of a
    solve, whatever the number of pixels: about 1 kB per visibility and 3.5 kB per lattice point with 9 terms of w
    (measured; ``tests/solvers/test_wide_field.py``).
    """

    def __init__(
        self,
        vis: Visibilities,
        grid: Grid,
        *,
        response: Floats | None = None,
        tolerance: float = 1e-7,
        threads: int = 1,
    ) -> None:
        check_sampling(vis.u, vis.v, grid)
        self.vis, self._grid, self.threads = vis, grid, threads
        self._response = PixelResponse(check_response(response, grid))
        self._planes = Planes(vis.u, vis.v, vis.w, Box.of(grid), tolerance=tolerance, threads=threads)
        self._energy = float(np.sum(vis.weight * np.abs(vis.data) ** 2))

    @property
    def grid(self) -> Grid:
        """Pixels of the image."""
        return self._grid

    @property
    def count(self) -> int:
        """Number of (complex) visibilities."""
        return len(self.vis)

    @property
    def sum_weight(self) -> float:
        """Sum of the weights in 1/Jy^2."""
        return self.vis.sum_weight

    @property
    def energy(self) -> float:
        """``y^T W y``, dimensionless."""
        return self._energy

    @property
    def response(self) -> Floats | None:
        """Real factor on the sky, shape (rows, columns), or None."""
        return self._response.image

    @property
    def dirty(self) -> Floats:
        """``A^T W y`` in 1/Jy, shape (rows, columns): the image of the residual of the empty sky."""
        return self._empty.image

    def residual(self, indices: Indices, values: Floats) -> Residual:
        """Return the exact residual of a sky that is ``values`` (Jy/pixel) on flat ``indices`` and else zero."""
        if not len(indices):
            return self._empty
        l, m = self.grid.directions(indices)
        fluxes = np.asarray(values, dtype=np.float64) * self._response.at(indices)
        return self._of(self.vis.data - self._planes.forward(l, m, w_phase_cosine(l, m), fluxes))

    def gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return ``A_r^T W A_c`` in 1/Jy^2, shape (len(rows), len(columns)), between flat pixel indices."""
        return self._between(self.kernel, rows, columns)

    def rough_gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return :meth:`gram` to 1e-5 of the sum of the weights, at a third of its cost."""
        return self._between(self._rough_kernel, rows, columns)

    def _between(self, kernel: PsfKernel, rows: Indices, columns: Indices) -> Floats:
        other = None if np.array_equal(rows, columns) else self.grid.directions(columns)
        gram = kernel.between(self.grid.directions(rows), other)
        return np.asarray(gram * self._response.at(rows)[:, None] * self._response.at(columns))

    def central_psf(self, reach: int, *, cell: float) -> Floats:
        """Return the PSF around its peak in 1/Jy^2, shape (2 reach, 2 reach), pixel ``(reach, reach)`` the peak.

        ``cell`` is the pixel in radians, whatever the grid's; ``reach`` is cut to half of the field.
        """
        reach = min(reach, *(int(side / (2 * cell)) for side in self.grid.fov))
        steps = np.arange(-reach, reach) * cell
        l, m = np.meshgrid(-steps, steps)
        return self._rough_kernel.differences(l.ravel(), m.ravel()).reshape(l.shape)

    @cached_property
    def kernel(self) -> PsfKernel:
        """The PSF between any two directions of the field, to 1e-9 of the sum of the weights."""
        return self._kernel(_GRAM)

    @cached_property
    def _rough_kernel(self) -> PsfKernel:
        return self._kernel(_ROUGH_GRAM)

    def _kernel(self, tolerance: float) -> PsfKernel:
        vis = self.vis
        return PsfKernel(vis.u, vis.v, vis.w, vis.weight, self.grid, tolerance=tolerance, threads=self.threads)

    @cached_property
    def _empty(self) -> ContinuousResidual:
        return self._of(self.vis.data)

    def _of(self, left: NDArray[np.complex128]) -> ContinuousResidual:
        values = self._planes.adjoint(self.vis.weight * left)
        energy = float(np.sum(self.vis.weight * np.abs(left) ** 2))
        return ContinuousResidual(self._planes, values, energy, grid=self.grid, response=self._response)

    @property
    def predicts(self) -> bool:
        """Whether :meth:`predicted` is cheaper than :meth:`residual`."""
        loose, exact = self._loose.shape, self._planes
        pass_through_data = self.count * exact.kernel.width**2 * exact.basis.rank
        return pass_through_data > _PRODUCTS_PER_FFT * 4 * loose[0] * loose[1] * loose[2]

    def predicted(self, residual: Residual, indices: Indices, change: Floats) -> Residual:
        """Return the residual after a change of the sky, to about 1e-6 of the change, without reading the data.

        Parameters
        ----------
        residual : Residual
            From :meth:`residual`.
        indices : ndarray of int64, shape (k,)
            Flat pixel indices.
        change : ndarray, shape (k,)
            What is added to the sky that ``residual`` belongs to, in Jy/pixel.
        """
        if not isinstance(residual, ContinuousResidual):
            raise ModelError(
                f"{type(residual).__name__} is no residual of a wide field: pass what residual() returned"
            )
        l, m = self.grid.directions(indices)
        sky = self._loose.deposited(l, m, w_phase_cosine(l, m), change * self._response.at(indices))
        moved = -self._loose_normal(sky)
        after = ContinuousResidual(self._loose, moved, 0.0, grid=self.grid, response=self._response, rest=residual)
        # the energy is quadratic in the sky, and its slope is known at both ends
        after.energy = residual.energy - float(change @ (residual.at(indices) + after.at(indices)))
        return after

    @cached_property
    def _loose(self) -> Planes:
        vis = self.vis
        return Planes(vis.u, vis.v, vis.w, Box.of(self.grid), tolerance=_LOOSE, threads=self.threads)

    @cached_property
    def _loose_normal(self) -> PlanesNormal:
        return PlanesNormal(self._loose, self.vis.weight)
