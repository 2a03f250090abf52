"""What every operator and every set of normal equations offers; solvers and likelihoods know nothing else."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.sky import Grid

__all__ = ["NormalEquations", "Operator", "Predicting", "Residual"]

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


class Residual:
    """The state of the data fit at a sky, held as an image.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        ``A^T W (y - A x)`` in 1/Jy: minus the gradient of ``1/2 ||y - A x||_W^2``.
    energy : float
        ``||y - A x||_W^2``, dimensionless: chi-squared over real and imaginary parts.
    """

    def __init__(self, image: Floats, energy: float) -> None:
        self._image, self.energy = image, energy

    @property
    def image(self) -> Floats:
        """``A^T W (y - A x)`` in 1/Jy, shape (rows, columns)."""
        return self._image

    def at(self, indices: Indices) -> Floats:
        """Return the image at flat pixel indices."""
        return np.asarray(self.image.ravel()[indices])

    def samples(self) -> Floats:
        """Return values spread evenly over the field, for statistics: here, all pixels."""
        return self.image.ravel()

    def maxima(self, floor: float) -> tuple[Indices, Floats]:
        """Return flat indices and values of the local maxima that reach ``floor``, and of the largest pixel.

        A pixel is one when none of its eight neighbours exceeds it.
        """
        image = self.image
        top = (image == ndimage.maximum_filter(image, size=3, mode="nearest")) & (image >= min(floor, image.max()))
        indices = np.flatnonzero(top)
        return indices, self.at(indices)

    def minima(self, floor: float) -> tuple[Indices, Floats]:
        """Return flat indices and values of the local minima down to ``floor``, and of the smallest pixel."""
        indices, values = Residual(-self.image, self.energy).maxima(-floor)
        return indices, -values


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
        """``A^T W y`` in 1/Jy, shape (rows, columns): the image of the residual of the empty sky."""

    def residual(self, indices: Indices, values: Floats) -> Residual:
        """Return the exact residual of a sky that is ``values`` (Jy/pixel) on flat ``indices`` and else zero."""

    def gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return ``A_r^T W A_c`` in 1/Jy^2, shape (len(rows), len(columns)), between flat pixel indices."""


@runtime_checkable
class Predicting(NormalEquations, Protocol):
    """Normal equations that can also foretell a residual, approximately and cheaply."""

    @property
    def predicts(self) -> bool:
        """Whether a prediction is cheaper than the exact residual."""

    def predicted(self, residual: Residual, indices: Indices, change: Floats) -> Residual:
        """Return the residual after ``change`` (Jy/pixel) is added on ``indices``, to 1e-4 of the change at worst."""

    def rough_gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return :meth:`gram` to 1e-5 of the sum of the weights: enough to lead to the next exact residual."""
