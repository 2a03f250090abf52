"""The sky of a running solve on disk, so that a killed run goes on where it was."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._archive import members
from bayesim.data._atomic import replacing
from bayesim.errors import DataError, FormatError, GridError, ModelError
from bayesim.operators._contract import NormalEquations
from bayesim.priors import Prior, fixed_rate
from bayesim.sky import Grid
from bayesim.solvers._gap import optimality
from bayesim.solvers._solution import Iterate, Solution, Step, certified

__all__ = ["Checkpoint"]

_FORMAT = 1
_FORMS: dict[str, tuple[type[np.generic], int]] = {
    "format": (np.int64, 0),
    "data": (np.uint8, 1),
    "prior": (np.uint8, 1),
    "rate": (np.float64, 0),
    "shape": (np.int64, 1),
    "cell": (np.float64, 0),
    "centre": (np.float64, 1),
    "indices": (np.int64, 1),
    "fluxes": (np.float64, 1),
    "seconds": (np.float64, 0),
}
"""Type and number of axes of every array of a file."""

_SAME_RATE = 1e-6
"""Relative: lambda_max is a sum whose order depends on the number of threads."""


class Checkpoint:
    """Keeps the last sky of a solve in one npz file, as ``PolyClean(keep=checkpoint)``.

    The file is replaced in one step, so that it is whole at any time; it holds numbers only and is read with
    suspicion. A run that goes on needs nothing of it but the sky, and measures that anew.

    Parameters
    ----------
    path : path
        File to write.
    data : str
        :attr:`bayesim.data.Visibilities.digest` of what is being solved.
    every : float
        Seconds from one writing to the next, at least; 0 keeps every cycle.

    Raises
    ------
    DataError
        There is no such folder.

    Notes
    -----
    A sky is written when the exact operator has measured it, which is once a cycle; the work of a cycle that was not
    finished is lost. About 16 bytes per atom.
    """

    def __init__(self, path: str | os.PathLike[str], *, data: str, every: float = 10.0) -> None:
        self.path, self.data, self.every = Path(path), data, every
        self._written = -np.inf
        if not self.path.parent.is_dir():
            raise DataError(f"checkpoint {self.path}: the folder does not exist, make it or name another")

    def __call__(self, iterate: Iterate) -> None:
        """Write a sky, unless it is empty or the last writing was less than ``every`` seconds ago.

        Raises
        ------
        OSError
            The folder cannot be written to or the disk is full; the former file stays as it was.
        """
        now = time.monotonic()
        if not iterate.indices.size or now - self._written < self.every:
            return
        grid, order = iterate.grid, np.argsort(iterate.indices)
        with replacing(self.path) as partial, partial.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                format=np.int64(_FORMAT),
                data=_bytes(self.data),
                prior=_bytes(type(iterate.prior).__name__),
                rate=np.float64(fixed_rate(iterate.prior)),
                shape=np.array(grid.shape, dtype=np.int64),
                cell=np.float64(grid.cell),
                centre=np.array(grid.centre),
                indices=iterate.indices[order],
                fluxes=iterate.fluxes[order],
                seconds=np.float64(iterate.step.seconds),
            )
        self._written = now

    def resume(
        self, equations: NormalEquations, make: Callable[[float], Prior], *, rate: float | None = None
    ) -> Solution | None:
        """Return the sky of the file, measured by the exact operator: the ``start`` of a solve.

        Parameters
        ----------
        equations : NormalEquations
            The same data on the same grid.
        make : callable
            The prior for a rate in 1/Jy, such as :class:`~bayesim.priors.PositiveLaplace`.
        rate : float, optional
            The rate that is about to be solved with; without it the file's own, wherever on a path it stood.

        Returns
        -------
        Solution or None
            Not converged, with its gap; its history is one step whose seconds are those of the run that was killed.
            None where there is no file.

        Raises
        ------
        FormatError
            The file is damaged, or not a checkpoint of this version.
        DataError, GridError, ModelError
            It belongs to other data, to another grid, or to another prior or rate.
        """
        if not self.path.exists():
            return None
        kept = members(self.path, set(_FORMS))
        prior = make(self._checked(kept, equations.grid, make, rate))
        indices, fluxes = kept["indices"], kept["fluxes"]
        residual = equations.residual(indices, fluxes)
        state = optimality(residual, prior, fluxes, residual.at(indices))
        step = Step(indices.size, *state, seconds=float(kept["seconds"]))
        return certified(
            equations,
            prior,
            indices=indices,
            fluxes=fluxes,
            residual=residual,
            history=[step],
            relative_gap=0.0,
            reason=f"resumed from {self.path.name}",
        )

    def remove(self) -> None:
        """Delete the file, where there is one."""
        self.path.unlink(missing_ok=True)

    def _checked(
        self, kept: dict[str, NDArray[Any]], grid: Grid, make: Callable[[float], Prior], rate: float | None
    ) -> float:
        """Return the rate of a file that belongs to this solve."""
        name, other = self.path.name, "name another file, or remove this one to start anew"
        _check_form(kept, name)
        if not np.array_equal(kept["data"], _bytes(self.data)):
            raise DataError(f"{name} is the checkpoint of other data than {self.data[:12]}...: {other}")
        theirs, cell, centre = (kept[key].tolist() for key in ("shape", "cell", "centre"))
        if (tuple(theirs), cell, tuple(centre)) != (grid.shape, grid.cell, grid.centre):
            raise GridError(f"{name} holds a sky of {theirs} pixels of {cell:.6g} rad, not on {grid}: {other}")
        found = float(kept["rate"])
        if not np.array_equal(kept["prior"], _bytes(type(make(found)).__name__)):
            raise ModelError(f"{name} was made with another prior than {type(make(found)).__name__}: {other}")
        if rate is not None and not abs(found - rate) <= _SAME_RATE * rate:
            raise ModelError(f"{name} was made at lambda {found:.6g} /Jy, asked for is {rate:.6g}: {other}")
        if np.any(kept["indices"] >= grid.size) or not np.isfinite(make(found).value(kept["fluxes"])):
            raise FormatError(f"{name} holds pixels or fluxes that no such solve has: it is damaged")
        return found


def _check_form(kept: dict[str, NDArray[Any]], name: str) -> None:
    if any(kept[key].dtype != kind or kept[key].ndim != axes for key, (kind, axes) in _FORMS.items()):
        raise FormatError(f"{name} is not a checkpoint of bayesim: its arrays are not of the kind that it writes")
    if kept["format"] != _FORMAT:
        raise FormatError(f"{name} has format {int(kept['format'])}, this version reads {_FORMAT}: start anew")
    indices, fluxes = kept["indices"], kept["fluxes"]
    usable = indices.size == fluxes.size > 0 and indices[0] >= 0 and np.all(np.diff(indices) > 0)
    if not (usable and np.all(np.isfinite(fluxes)) and kept["rate"] > 0):
        raise FormatError(f"{name} does not hold a sky of ascending pixels and finite fluxes: it is damaged")


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)
