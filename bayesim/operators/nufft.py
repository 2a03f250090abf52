"""The sky on a dense grid to visibilities by a non-uniform FFT, for coplanar baselines."""

from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import FOURIER_SIGN
from bayesim.errors import DataError, GridError
from bayesim.operators._plans import KeptPlan, PlanSpec, content_key, kept_plan
from bayesim.sky import Grid

__all__ = ["Nufft"]

Floats = NDArray[np.float64]

TIGHTEST_TOLERANCE = 1e-14
"""FINUFFT in double precision does not reach below (its documentation, "Error codes")."""


@dataclass(frozen=True, eq=False)
class Nufft:
    """``V_i = sum_p I_p exp(-2 pi i (u_i l_p + v_i m_p))`` by FINUFFT; ``w`` is taken as zero.

    One plan serves both directions, is built at the first use in a process and shared by all operators with the
    same content. Equality and hash are those of the content; a pickle carries the points, not the plan.

    Parameters
    ----------
    u, v : ndarray, shape (n_vis,)
        Baseline in wavelengths.
    grid : Grid
        Pixels of the image.
    tolerance : float
        Relative precision of the sum, 1e-14 to 0.1. The adjoint is exact for the discretised sum whatever it is.
    threads : int
        Threads of one call; leave it at 1 where chains or chunks already run in parallel.

    Raises
    ------
    DataError
        ``u`` and ``v`` are not one-dimensional, of one length, non-empty and finite.
    GridError
        The tolerance or the number of threads is out of range.
    """

    u: Floats
    v: Floats
    grid: Grid
    _: KW_ONLY
    tolerance: float = 1e-9
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("u", "v"):
            # our own copy: a caller that changes its array must not change the operator behind its key
            points = np.array(getattr(self, name), dtype=np.float64, order="C")
            points.setflags(write=False)
            object.__setattr__(self, name, points)
        if self.u.ndim != 1 or self.u.shape != self.v.shape or not self.u.size:
            raise DataError(f"u {self.u.shape} and v {self.v.shape} must be two non-empty lists of one length")
        bad = np.flatnonzero(~(np.isfinite(self.u) & np.isfinite(self.v)))
        if bad.size:
            raise DataError(f"u or v is NaN or infinite in {bad.size} rows (first: {bad[:5].tolist()})")
        if not TIGHTEST_TOLERANCE <= self.tolerance <= 0.1:
            raise GridError(f"tolerance {self.tolerance} must lie in [{TIGHTEST_TOLERANCE}, 0.1]")
        if self.threads < 1:
            raise GridError(f"threads {self.threads} must be at least 1: state the number wanted")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.grid.shape

    @property
    def n_vis(self) -> int:
        """Number of visibilities."""
        return int(self.u.size)

    @cached_property
    def key(self) -> str:
        """Content key: equal operators have equal keys, in every process."""
        grid = (self.grid.shape, self.grid.cell, self.grid.centre)
        return content_key(self.u, self.v, grid, float(self.tolerance), self.threads)

    @property
    def spec(self) -> PlanSpec:
        """The type-2 transform: points in radians per pixel along rows and columns, and the centre's phase."""
        # whole turns are taken off in cycles, before the factor 2 pi rounds them
        rows = _turns(self.v * self.grid.cell)
        columns = _turns(-self.u * self.grid.cell)
        return PlanSpec(
            2,
            (rows, columns),
            sign=FOURIER_SIGN,
            modes=self.shape,
            modulation=self._offset(),
            tolerance=self.tolerance,
            threads=self.threads,
        )

    @cached_property
    def plan(self) -> KeptPlan:
        """The FINUFFT plan, shared in this process."""
        return kept_plan(self.spec)

    def forward(self, image: Floats) -> NDArray[np.complex128]:
        """Return the visibilities (Jy), shape (n_vis,), of an image (Jy/pixel), shape (rows, columns)."""
        return self.plan.execute(np.ascontiguousarray(image, dtype=np.complex128))

    def adjoint(self, visibilities: NDArray[np.complex128]) -> Floats:
        """Return ``Re A^H y``, shape (rows, columns)."""
        values = np.ascontiguousarray(visibilities, dtype=np.complex128)
        return np.ascontiguousarray(self.plan.execute_adjoint(values).real)

    def _offset(self) -> NDArray[np.complex128] | None:
        l0, m0 = self.grid.centre
        if l0 == 0.0 and m0 == 0.0:
            return None
        return np.exp(FOURIER_SIGN * 1j * _turns(self.u * l0 + self.v * m0))

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nufft) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _turns(cycles: Floats) -> Floats:
    return np.asarray(2.0 * np.pi * (cycles - np.rint(cycles)))
