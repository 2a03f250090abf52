"""What every operator and every set of normal equations offers; solvers and likelihoods know nothing else."""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bayesim.sky import Grid

__all__ = ["NormalEquations", "Operator", "Residual"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@runtime_checkable
class Operator(Protocol):
    """A linear map A from a real image (Jy/pixel) to complex visibilities (Jy)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the image side: ``(rows, columns)``, or ``(k,)`` for a list of directions."""

    @property
    def n_vis(self) -> int:
        """Number of visibilities."""

    def forward(self, image: Floats) -> NDArray[np.complex128]:
        """Return ``A x``, shape (n_vis,)."""

    def adjoint(self, visibilities: NDArray[np.complex128]) -> Floats:
        """Return ``Re A^H y``, shape ``shape``: the adjoint for the inner product ``Re <a, b>``."""


class Residual(NamedTuple):
    """The state of the data fit at a sky."""

    image: Floats
    """``A^T W (y - A x)`` in 1/Jy, shape (rows, columns): minus the gradient of ``1/2 ||y - A x||_W^2``."""
    energy: float
    """``||y - A x||_W^2``, dimensionless: chi-squared over real and imaginary parts."""


@runtime_checkable
class NormalEquations(Protocol):
    """``1/2 ||y - A x||_W^2`` on a grid of pixels, as solvers see it."""

    @property
    def grid(self) -> Grid:
        """Pixels of the image."""

    @property
    def count(self) -> int:
        """Number of (complex) visibilities."""

    @property
    def sum_weight(self) -> float:
        """Sum of the weights in 1/Jy^2."""

    @property
    def energy(self) -> float:
        """``y^T W y``, dimensionless."""

    @property
    def dirty(self) -> Floats:
        """``A^T W y`` in 1/Jy, shape (rows, columns)."""

    def residual(self, indices: Indices, values: Floats) -> Residual:
        """Return the exact residual of a sky that is ``values`` (Jy/pixel) on flat ``indices`` and else zero."""

    def gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return ``A_r^T W A_c`` in 1/Jy^2, shape (len(rows), len(columns)), between flat pixel indices."""
