"""Normal equations of a wide field: every residual goes through the visibilities with w, nothing is neglected."""

import numpy as np
from numpy.typing import NDArray

from bayesim.data._visibilities import Visibilities
from bayesim.operators._contract import Residual
from bayesim.operators._grid_points import check_response, check_sampling
from bayesim.operators.gram import exact_gram
from bayesim.operators.psf_planes import PsfPlanes
from bayesim.operators.sparse import Sparse
from bayesim.operators.wide import Wide
from bayesim.sky import Grid

__all__ = ["WideField"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_PLANES_BYTES = 1 << 30
"""Largest memory spent on PSF planes."""

_PRODUCTS_PER_NUMBER = 200
_PRODUCTS_PER_SPREAD = 2000
"""What a number of a PSF plane, and the spreading of a visibility to one plane, cost in products of a visibility and
a pair by :func:`exact_gram` (measured on one core: 27 ns, 260 ns and 0.13 ns)."""


class WideField:
    """``1/2 ||y - A x||_W^2`` with w terms: sparse sky forward, dense image back.

    Parameters
    ----------
    vis : Visibilities
        Calibrated data.
    grid : Grid
        Pixels of the image.
    response : ndarray, shape (rows, columns), optional
        Real factor on the sky before the Fourier sum (primary beam, ``1/n``).
    tolerance : float
        Accuracy of a residual image relative to ``sum_i weight_i |residual_i|``: it shrinks with the residual.
    threads : int
        Threads of one call.

    Raises
    ------
    GridError
        A baseline lies beyond the Nyquist frequency of the pixels, or the response does not fit the grid.

    Notes
    -----
    The energy is the sum over the residual visibilities: no cancellation. A Gram matrix is computed by
    :func:`~bayesim.operators.gram.exact_gram` while few pairs are asked for; when all calls together have cost as
    much as PSF planes would (:class:`~bayesim.operators.psf_planes.PsfPlanes`), these are made and looked up.
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
        self.response = check_response(response, grid)
        self._wide = Wide(vis.u, vis.v, vis.w, grid, tolerance=tolerance, threads=threads)
        self._sparse: tuple[bytes, Sparse] | None = None
        self._planes: PsfPlanes | None = None
        self._products = 0
        self._energy = float(np.sum(vis.weight * np.abs(vis.data) ** 2))
        self._dirty = self._image(vis.data)

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
    def dirty(self) -> Floats:
        """``A^T W y`` in 1/Jy, shape (rows, columns)."""
        return self._dirty

    def residual(self, indices: Indices, values: Floats) -> Residual:
        """Return the exact residual of a sky that is ``values`` (Jy/pixel) on flat ``indices`` and else zero."""
        fluxes = np.asarray(values, dtype=np.float64) * self._factor(indices)
        left = self.vis.data - self._support(indices).forward(fluxes)
        return Residual(image=self._image(left), energy=float(np.sum(self.vis.weight * np.abs(left) ** 2)))

    def gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return ``A_r^T W A_c`` in 1/Jy^2, shape (len(rows), len(columns)), between flat pixel indices."""
        vis, same = self.vis, np.array_equal(rows, columns)
        if self._planes is None and self._planes_pay(len(rows) * len(columns) // (2 if same else 1)):
            self._planes = PsfPlanes(vis.u, vis.v, vis.w, vis.weight, self.grid, threads=self.threads)
        if self._planes is not None:
            gram = self._planes.between(rows, columns)
        else:
            other = None if same else self.grid.directions(columns)
            gram = exact_gram(vis.u, vis.v, vis.w, vis.weight, self.grid.directions(rows), columns=other)
        return gram * self._factor(rows)[:, None] * self._factor(columns)[None, :]

    def _planes_pay(self, pairs: int) -> bool:
        """Count the products asked for so far; say whether they have reached the price of the planes."""
        self._products += pairs * self.count
        rank, size = PsfPlanes.rank_needed(self.vis.w, self.grid), 2 * self.grid.size
        price = rank * (_PRODUCTS_PER_NUMBER * size + _PRODUCTS_PER_SPREAD * self.count)
        return 8 * rank * size <= _PLANES_BYTES and self._products > price

    def _image(self, visibilities: NDArray[np.complex128]) -> Floats:
        image = self._wide.adjoint(self.vis.weight * visibilities)
        return image if self.response is None else image * self.response

    def _factor(self, indices: Indices) -> Floats:
        return np.ones(len(indices)) if self.response is None else np.ravel(self.response)[indices]

    def _support(self, indices: Indices) -> Sparse:
        """Return the operator of a support, kept while the support stays the same."""
        key = np.asarray(indices, dtype=np.int64).tobytes()
        if self._sparse is None or self._sparse[0] != key:
            vis, (l, m) = self.vis, self.grid.directions(indices)
            self._sparse = key, Sparse(vis.u, vis.v, vis.w, l, m, threads=self.threads)
        return self._sparse[1]
