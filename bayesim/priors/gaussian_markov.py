"""Gaussian Markov random field: a smooth image from a sparse precision matrix with a known determinant."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from bayesim.errors import ModelError
from bayesim.priors._dims import shape_of
from bayesim.priors._fourier import cosine
from bayesim.priors._gaussian import gaussian
from bayesim.priors._numbers import check_positive, known
from bayesim.priors._prior import fixed_rate

__all__ = ["GaussianMarkov"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GaussianMarkov:
    """``-log p = rate x'Qx + const``, ``Q = (1/length^2 + L)^order``, scaled to a mean variance of ``1 / (2 rate)``.

    ``L`` is the Laplacian of the pixel lattice with reflecting edges: nothing wraps around, and cosines diagonalise
    it, so the log-determinant is a sum and both rate and length can be inferred.

    Parameters
    ----------
    rate : float or PyMC variable
        ``1 / (2 sd^2)`` in 1/Jy^2, ``sd`` the root mean square of the pixels.
    length : float or PyMC variable
        Correlation length in pixels.
    order : int
        1: neighbours differ independently (rough, as TSV with a leash); 2: a Matern field of smoothness 1.

    Raises
    ------
    ModelError
        A number is not positive, or the order is neither 1 nor 2.

    References
    ----------
    Lindgren, Rue & Lindstrom 2011 (J. R. Statist. Soc. B 73, 423), equations 2-11; the image prior of Comrade.jl.
    """

    rate: Any
    length: Any
    order: int = 2

    def __post_init__(self) -> None:
        check_positive(rate=self.rate, length=self.length)
        if self.order not in (1, 2):
            raise ModelError(f"order {self.order} must be 1 or 2")

    def spectrum(self, shape: tuple[int, ...]) -> Any:
        """Return the eigenvalues of the covariance at ``rate = 1/2`` (dimensionless, mean 1) by cosine frequency."""
        rows, columns = (4 * np.sin(0.5 * np.pi * np.arange(n) / n) ** 2 for n in shape)
        power = (self.length**-2 + rows[:, None] + columns[None, :]) ** -self.order
        return power / power.mean()

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the field (Jy/pixel) to the model in context, centred: one free variable."""
        shape = shape_of(dims)
        rows, columns = (cosine(n) for n in shape)
        return gaussian(name, self.rate, self.spectrum(shape), rows=rows, columns=columns, dims=dims)

    def value(self, x: Floats) -> float:
        """Return ``rate x'Qx``."""
        return fixed_rate(self) * float((dctn(x, norm="ortho") ** 2 / self._numbers(x.shape)).sum())

    def prox(self, x: Floats, step: float) -> Floats:
        """Return ``(1 + 2 step rate Q)^-1 x`` by cosine transforms."""
        gain = 1.0 / (1.0 + 2.0 * step * fixed_rate(self) / self._numbers(x.shape))
        return np.asarray(idctn(gain * dctn(x, norm="ortho"), norm="ortho"))

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``1/2 sum ln(rate / (pi spectrum))``, the length's part included."""
        return 0.5 * float(np.log(rate / (np.pi * self._numbers(shape))).sum())

    def _numbers(self, shape: tuple[int, ...]) -> Floats:
        known(length=self.length)
        return np.asarray(self.spectrum(shape))
