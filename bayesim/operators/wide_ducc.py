"""The sky on a dense grid to visibilities with w, by ducc0's w-gridder: an optional second opinion (GPL)."""

from importlib import import_module
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.errors import DataError, MissingExtraError
from bayesim.sky import Grid

__all__ = ["WideDucc"]

Floats = NDArray[np.float64]

_LEAST_SIDE = 32
"""ducc0 grids images of even sides of at least this many pixels; others are padded with zeros."""


class WideDucc:
    """The same map as :class:`~bayesim.operators.wide.Wide`, by ``ducc0.wgridder``.

    Parameters
    ----------
    u, v, w : ndarray, shape (n_vis,)
        Baselines in wavelengths.
    grid : Grid
        Pixels of the image.
    tolerance : float
        Relative accuracy, above 2e-13.
    threads : int
        Threads of one call.

    Raises
    ------
    MissingExtraError
        ducc0 is not installed.
    DataError
        Lengths differ.

    Notes
    -----
    Arras, Reinecke, Westermann & Ensslin 2021, A&A 646, A58. Called without the division by n, which is its
    default. ducc0 is under the GPL and is therefore neither required nor distributed with bayesim.
    """

    def __init__(
        self, u: Floats, v: Floats, w: Floats, grid: Grid, *, tolerance: float = 1e-7, threads: int = 1
    ) -> None:
        self._ducc = _wgridder()
        if not np.shape(u) == np.shape(v) == np.shape(w) or np.ndim(u) != 1:
            raise DataError(f"u {np.shape(u)}, v {np.shape(v)}, w {np.shape(w)} must be three lists of one length")
        self.grid = grid
        self._padded = tuple(max(_LEAST_SIDE, n + n % 2) for n in grid.shape)
        starts = (p // 2 - n // 2 for p, n in zip(self._padded, grid.shape, strict=True))
        self._inside = tuple(slice(a, a + n) for a, n in zip(starts, grid.shape, strict=True))
        self._settings = {
            # ducc0's first axis is x, which grows where our columns run West: x = -l, so u is negated
            "uvw": np.column_stack([-u, v, w]).astype(np.float64),
            "freq": np.array([SPEED_OF_LIGHT]),
            "pixsize_x": grid.cell,
            "pixsize_y": grid.cell,
            "center_x": -grid.centre[0],
            "center_y": grid.centre[1],
            "epsilon": tolerance,
            "do_wgridding": True,
            "divide_by_n": False,
            "flip_w": True,
            "nthreads": threads,
        }

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.grid.shape

    @property
    def n_vis(self) -> int:
        """Number of visibilities."""
        return int(self._settings["uvw"].shape[0])  # type: ignore[attr-defined]

    def forward(self, image: Floats) -> NDArray[np.complex128]:
        """Return the visibilities (Jy), shape (n_vis,), of an image (Jy/pixel), shape (rows, columns)."""
        padded = np.zeros(self._padded)
        padded[self._inside] = image
        return np.asarray(self._ducc.dirty2vis(dirty=np.ascontiguousarray(padded.T), **self._settings)[:, 0])

    def adjoint(self, visibilities: NDArray[np.complex128]) -> Floats:
        """Return ``Re A^H y``, shape (rows, columns)."""
        rows, columns = self._padded
        vis = np.ascontiguousarray(visibilities, dtype=np.complex128)[:, None]
        dirty = self._ducc.vis2dirty(vis=vis, npix_x=columns, npix_y=rows, **self._settings)
        return np.ascontiguousarray(dirty.T[self._inside])


def _wgridder() -> ModuleType:
    try:
        return import_module("ducc0").wgridder.experimental  # type: ignore[no-any-return]
    except ImportError as error:
        raise MissingExtraError("WideDucc needs ducc0 (GPL): pip install 'bayesim[ducc]', or use Wide") from error
