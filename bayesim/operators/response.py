"""The array's response to a direction, with its slope: a primary beam or ``1/n`` at sources that lie off the grid."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.operators._grid_points import check_response
from bayesim.sky import Grid

__all__ = ["GridResponse", "Response", "Sensitivity"]

Floats = NDArray[np.float64]

_POINTS = 6
"""Pixels along either axis that take part in a value: the error falls with the sixth power of the cell."""


class Sensitivity(NamedTuple):
    """A response at k directions."""

    value: Floats
    """Factor on the flux, shape (k,)."""
    east: Floats
    """Its derivative with respect to l, 1/radian."""
    north: Floats
    """Its derivative with respect to m, 1/radian."""


Response = Callable[[Floats, Floats], Sensitivity]
"""A function of direction cosines ``(l, m)``, shapes (k,): a :class:`GridResponse`, or a beam in closed form."""


@dataclass(frozen=True, eq=False)
class GridResponse:
    """A response given per pixel, between the pixels by Lagrange polynomials through 6 x 6 of them.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        Real factor on the sky.
    grid : Grid
        Pixels of the image, at least 6 x 6.

    Raises
    ------
    GridError
        The image does not fit the grid or the grid is too small.

    Notes
    -----
    Exact for polynomials of degree 5 in l and in m; beyond the outermost pixels it is extrapolated.
    """

    image: Floats
    grid: Grid

    def __post_init__(self) -> None:
        check_response(self.image, self.grid)
        if min(self.grid.shape) < _POINTS:
            raise GridError(
                f"a response on {self.grid.shape} pixels: at least {_POINTS} x {_POINTS} are interpolated"
            )

    def __call__(self, l: Floats, m: Floats) -> Sensitivity:
        """Return value and slopes at directions, shapes (k,)."""
        rows, columns = self.grid.shape
        x = columns // 2 - (l - self.grid.centre[0]) / self.grid.cell
        y = rows // 2 + (m - self.grid.centre[1]) / self.grid.cell
        i, across, slope_x = _lagrange(x, columns)
        j, along, slope_y = _lagrange(y, rows)
        steps = np.arange(_POINTS)
        patch = np.asarray(self.image)[(j[:, None] + steps)[:, :, None], (i[:, None] + steps)[:, None, :]]

        def sum_over(north: Floats, east: Floats) -> Floats:
            return np.asarray(np.einsum("kji,kj,ki->k", patch, north, east))

        return Sensitivity(
            sum_over(along, across),
            -sum_over(along, slope_x) / self.grid.cell,
            sum_over(slope_y, across) / self.grid.cell,
        )


def _lagrange(x: Floats, size: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the first pixel, the weights and their derivatives per pixel, of positions in pixels."""
    first = np.clip(np.floor(x).astype(np.int64) - (_POINTS // 2 - 1), 0, size - _POINTS)
    nodes = np.arange(_POINTS)
    gaps = (x - first)[:, None] - nodes
    weights, slopes = np.empty_like(gaps), np.zeros_like(gaps)
    for node in nodes:
        others = np.delete(nodes, node)
        scale = np.prod((node - others).astype(np.float64))
        weights[:, node] = np.prod(gaps[:, others], axis=1) / scale
        for left_out in others:
            slopes[:, node] += np.prod(gaps[:, others[others != left_out]], axis=1) / scale
    return first, weights, slopes
