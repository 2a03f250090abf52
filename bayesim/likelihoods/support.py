"""Likelihood of the fluxes on a set of pixels, through their Gram matrix: any number of visibilities, with w."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from bayesim.errors import ModelError
from bayesim.likelihoods._gaussian import gaussian
from bayesim.likelihoods._quadratic import DenseQuadratic
from bayesim.operators._contract import NormalEquations

__all__ = ["Support", "dilated"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

LARGEST_SUPPORT = 8192
"""Pixels beyond which the Gram matrix (8 k^2 bytes) passes half a GiB and an image-plane likelihood is cheaper."""


@dataclass(frozen=True, eq=False)
class Support:
    """``log L`` of a sky that is non-zero on ``k`` chosen pixels only.

    ``log L(x0 + h) = log L(x0) + h'r0 - 1/2 h'Gh`` with ``r0 = A^T W (y - A x0)`` from the exact operator, so that
    an error ``eps`` of the Gram matrix costs ``eps h'Gh`` and not ``eps x'Gx``.

    Parameters
    ----------
    equations : NormalEquations
        Coplanar or wide-field (w-terms exact).
    indices : ndarray of int, shape (k,)
        Flat indices (row-major) of the pixels, ascending and distinct.
    fluxes : ndarray, shape (k,), optional
        ``x0`` in Jy/pixel, best the mode; the empty sky by default.
    normaliser : float
        ``sum_i ln(weight_i / 2 pi)`` (see :func:`bayesim.likelihoods.log_normaliser`); a constant that no draw
        depends on, needed only to compare ``log L`` with another likelihood's.

    Raises
    ------
    ModelError
        No pixel, too many, indices not ascending or outside the grid, or fluxes of another shape.
    """

    equations: NormalEquations
    indices: Indices
    fluxes: Floats | None = None
    normaliser: float = 0.0

    def __post_init__(self) -> None:
        k, size = self.indices.size, self.equations.grid.size
        if not 1 <= k <= LARGEST_SUPPORT:
            raise ModelError(
                f"a support of {k} pixels is outside 1 to {LARGEST_SUPPORT}: choose the saturation set of a "
                "converged solution, or use the image-plane likelihood on the full grid"
            )
        if self.indices.ndim != 1 or np.any(np.diff(self.indices) <= 0):
            raise ModelError("the pixels of a support must be distinct and ascending: pass np.unique(indices)")
        if self.indices[0] < 0 or self.indices[-1] >= size:
            raise ModelError(f"pixels {self.indices[0]} to {self.indices[-1]} leave the grid of {size} pixels")
        if self.fluxes is not None and self.fluxes.shape != (k,):
            raise ModelError(f"fluxes have shape {self.fluxes.shape}, expected ({k},): one per pixel")

    @property
    def coords(self) -> dict[str, Indices]:
        """Coordinates for ``pm.Model(coords=...)``: dim ``"pixel"``, the flat index on the grid."""
        return {"pixel": self.indices}

    @property
    def label(self) -> str:
        """What this likelihood leaves out, as a sentence."""
        return (
            f"Gaussian likelihood on {self.indices.size} of {self.equations.grid.size} pixels; every other pixel is "
            "held at zero, so intervals are conditional on this support"
        )

    @cached_property
    def origin(self) -> Floats:
        """``x0`` in Jy/pixel, shape (k,)."""
        return np.zeros(self.indices.size) if self.fluxes is None else np.asarray(self.fluxes, dtype=np.float64)

    @cached_property
    def gram(self) -> Floats:
        """``G`` between the pixels in 1/Jy^2, exactly symmetric, shape (k, k)."""
        gram = self.equations.gram(self.indices, self.indices)
        return np.ascontiguousarray(0.5 * (gram + gram.T))

    def observe(self, name: str, sky: Any, *, noise_scale: Any | None = None) -> Any:
        """Add the log-likelihood of ``sky`` to the model in context, as a potential.

        Parameters
        ----------
        name : str
            Name of the potential.
        sky : PyMC variable, shape (k,)
            Fluxes of the pixels in Jy/pixel.
        noise_scale : PyMC variable, optional
            Factor on every sigma, positive.

        Returns
        -------
        PyTensor scalar
            ``log L`` with all its constants.
        """
        residual = self.equations.residual(self.indices, self.origin)
        # shared, not constant: a large constant would be written into the compiled code
        gradient = pytensor.shared(residual.image.ravel()[self.indices].copy(), name=f"{name}_gradient", borrow=True)
        gram = pytensor.shared(self.gram, name=f"{name}_gram", borrow=True)
        value, _ = DenseQuadratic()(sky - self.origin, gradient, gram)
        energy = residual.energy - 2.0 * value
        return pm.Potential(
            name,
            gaussian(energy, count=self.equations.count, normaliser=self.normaliser, noise_scale=noise_scale),
        )


def dilated(mask: NDArray[np.bool_], *, pixels: int = 1) -> Indices:
    """Return the flat indices of a mask grown by a number of pixels in every direction.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
        For instance the saturation set of a solution.
    pixels : int
        Growth, at least 0 (neighbours by a side or a corner).

    Raises
    ------
    ModelError
        The mask is empty.
    """
    if not mask.any():
        raise ModelError("the saturation set is empty: no pixel can hold flux at this rate; lower alpha")
    square = np.ones((3, 3), dtype=bool)
    grown = binary_dilation(mask, structure=square, iterations=pixels) if pixels > 0 else mask
    return np.flatnonzero(grown).astype(np.int64)
