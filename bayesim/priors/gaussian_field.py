"""Gaussian field with a covariance kernel: the power-spectral-density prior, its log-determinant included."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._dims import shape_of
from bayesim.priors._fourier import hartley
from bayesim.priors._gaussian import gaussian
from bayesim.priors._kernels import Kernel
from bayesim.priors._numbers import check_positive, known
from bayesim.priors._prior import fixed_rate

__all__ = ["GaussianField"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GaussianField:
    """Pixels of either sign, zero mean, stationary on the periodic grid.

    ``-log p = rate sum_q |X_q|^2 cell^2 / (n P_q) + 1/2 sum_q ln(pi P_q / (rate cell^2))``, ``X`` the discrete
    Fourier transform, ``P`` the kernel's power spectrum. The variance of a pixel is ``1 / (2 rate)`` (Jy/pixel)^2
    where the kernel is wider than a cell and narrower than the image.

    Parameters
    ----------
    rate : float or PyMC variable
        ``1 / (2 sd^2)`` in 1/Jy^2.
    kernel : SquaredExponential or Matern
        Its length may be a PyMC variable: the log-determinant makes it inferable.
    cell : float
        Side of a pixel in radians (:attr:`bayesim.Grid.cell`).
    floor : float
        Added to the spectrum, relative to its value at zero baseline: smooth kernels fall below rounding, and the
        precision matrix could not be inverted. 0 is MPoL's loss.

    Raises
    ------
    ModelError
        A number is out of its range.

    Notes
    -----
    Graphs transform by products with real Fourier (Hartley) matrices, 4 N^3 operations for an N x N image.

    References
    ----------
    MPoL's ``PSD`` loss is the quadratic part; without the logarithm the best length would be the shortest.
    """

    rate: Any
    kernel: Kernel
    cell: float
    floor: float = 1e-6

    def __post_init__(self) -> None:
        check_positive(rate=self.rate, cell=self.cell)
        if not 0 <= self.floor < np.inf:
            raise ModelError(f"floor {self.floor} must be at least 0: a share of the spectrum's peak")

    def spectrum(self, shape: tuple[int, ...]) -> Any:
        """Return the eigenvalues of the covariance at ``rate = 1/2`` (dimensionless), in the order of the DFT."""
        v, u = (np.fft.fftfreq(n, d=self.cell) for n in shape)
        power = self.kernel.spectrum(v[:, None] ** 2 + u[None, :] ** 2)
        return (power + self.floor * self.kernel.spectrum(np.zeros(()))) / self.cell**2

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the field (Jy/pixel) to the model in context, centred: one free variable."""
        shape = shape_of(dims)
        rows, columns = (hartley(n) for n in shape)
        return gaussian(name, self.rate, self.spectrum(shape), rows=rows, columns=columns, dims=dims)

    def value(self, x: Floats) -> float:
        """Return ``rate sum |X|^2 / (n spectrum)``."""
        power = np.abs(np.fft.fft2(x)) ** 2 / x.size
        return fixed_rate(self) * float((power / self._numbers(x.shape)).sum())

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the Wiener filter ``X / (1 + 2 step rate / spectrum)``, transformed back."""
        gain = 1.0 / (1.0 + 2.0 * step * fixed_rate(self) / self._numbers(x.shape))
        return np.asarray(np.fft.ifft2(gain * np.fft.fft2(x)).real)

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``1/2 sum ln(rate / (pi spectrum))``, the length scale's part included."""
        return 0.5 * float(np.log(rate / (np.pi * self._numbers(shape))).sum())

    def _numbers(self, shape: tuple[int, ...]) -> Floats:
        spectrum = self.spectrum(shape)
        if not isinstance(spectrum, np.ndarray):
            known(length=spectrum)
        return np.asarray(spectrum)
