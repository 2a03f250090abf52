"""The field between the candidates, in which fainter sources may be: residual, PSF, and where to look first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayesim.errors import ModelError
from bayesim.operators._planes import Box
from bayesim.operators.directions import Directions
from bayesim.operators.table import Table, table_bytes, table_of
from bayesim.solvers._points import Points

__all__ = ["Elsewhere", "elsewhere"]

Floats = NDArray[np.float64]

_TOLERANCE = 1e-4
"""Of the PSF: what it multiplies are changes of fluxes, a few image noises each."""

_CELL = 0.5
"""Side of a cell in beams: within it the residual hardly changes."""

_MOST_CELLS = 1024
"""Cells a side: finer ones than the residual needs only cost memory."""

_MOST_BYTES = 2**29
"""Of the larger table: look-ups far apart in memory are slow before they fill it."""

_EVENLY = 0.5
"""Share of places that are tried without looking at the residual: none must be out of reach."""

_PROMISING = 20.0
"""Largest odds of a place: one more peak of the residual must not take all attempts."""


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """The data's view of a source at any place of the field.

    Parameters
    ----------
    residual : Table
        ``A' W (y - A(fit))`` in 1/Jy, a function of direction.
    kernel : Table
        ``A' W A`` between two directions, a function of their difference.
    limits : ndarray, shape (2, 2)
        Lowest and highest l, lowest and highest m.
    odds : ndarray, shape (rows, columns)
        Probability with which a cell of the field is tried, North up and East up.
    beams : ndarray, shape (2, 2)
        Turns (l, m) into beams.

    Raises
    ------
    ModelError
        A table does not cover the limits.
    """

    residual: Table
    kernel: Table
    limits: Floats
    odds: Floats
    beams: Floats

    def __post_init__(self) -> None:
        if self.limits.shape != (2, 2) or self.beams.shape != (2, 2) or not self.odds.min(initial=1.0) > 0:
            raise ModelError("limits and beams must be 2 x 2, and every cell of the field within reach")
        span = np.ptp(self.limits, axis=1)
        needs = {"residual": self.limits, "kernel": np.array([[-span[0], span[0]], [0.0, span[1]]])}
        for name, box in needs.items():
            table: Table = getattr(self, name)
            # compiled look-ups do not check: a cubic spline needs a sample before and two after
            cells = (box - table.start[:, None]) / table.step[:, None]
            most = np.array(table.coefficients.shape[1::-1]) - 3.0
            terms = table.series.shape[1] == table.coefficients.shape[2] >= table.n_even >= 0
            if not (terms and np.all(table.step > 0) and np.all(cells[:, 0] >= 1.0) and np.all(cells[:, 1] <= most)):
                raise ModelError(f"the {name} is known on a smaller field than the one that is asked for")

    @property
    def numbers(self) -> tuple[Floats, ...]:
        """What tells one field from another."""
        return self.residual.coefficients, self.kernel.coefficients, self.limits, self.odds, self.beams


def elsewhere(directions: Directions, fit: Points) -> Elsewhere:
    """Return the field around a fit, from all visibilities.

    Raises
    ------
    ModelError
        The directions have a response, or the tables would take too much memory.
    """
    own, grid = directions, directions.grid
    box = Box.of(grid)
    if own.response is not None:
        raise ModelError("sources too faint to list cannot be drawn through a response: divide the data by it")
    memory = table_bytes(own.baselines, box.differences, tolerance=_TOLERANCE)
    if memory > _MOST_BYTES:
        raise ModelError(
            f"sources too faint to list need a table of the PSF of {memory / 2**20:.0f} MiB, more than "
            f"{_MOST_BYTES / 2**20:.0f}: take a smaller field, or leave them out"
        )
    left = own.residual(fit.flux, fit.l, fit.m)
    limits = np.array([[grid.l.min(), grid.l.max()], [grid.m.min(), grid.m.max()]])
    size = np.ptp(limits, axis=1) * np.sqrt(np.sum(own.metric**2, axis=0)) / _CELL
    columns, rows = (int(n) for n in np.clip(np.ceil(size), 1, _MOST_CELLS))
    l, m = (
        low + (high - low) * (np.arange(n) + 0.5) / n for (low, high), n in zip(limits, (columns, rows), strict=True)
    )
    east, north = (x.ravel() for x in np.meshgrid(l, m))
    noise = np.sqrt(own.vis.sum_weight * max(1.0, left.energy / (2 * len(own.vis))))
    seen = left.function.value(east, north).reshape(rows, columns) / noise
    # odds of a source whose mean flux is the image noise, against none
    promise = np.minimum(np.sqrt(2 * np.pi) * np.exp(0.5 * (seen - 1) ** 2) * special.ndtr(seen - 1), _PROMISING)
    odds = _EVENLY / promise.size + (1 - _EVENLY) * promise / promise.sum()
    weight = own.vis.weight
    residual, kernel = (
        table_of(own.baselines, y, where, tolerance=_TOLERANCE, threads=own.threads)
        for y, where in ((weight * left.visibilities, box), (weight.astype(np.complex128), box.differences))
    )
    return Elsewhere(residual, kernel, limits, odds, own.metric)
