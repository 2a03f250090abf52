"""What the off-grid solver returns: point sources with continuous positions and their joint errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import Residual
from bayesim.sky import Grid

__all__ = ["PointSources"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PointSources:
    """Sources free of the grid, fitted together.

    Parameters
    ----------
    grid : Grid
        The field that was searched.
    flux : ndarray, shape (k,)
        Jy, brightest first, not shrunk by any penalty.
    l, m : ndarray, shape (k,)
        Direction cosines to the East and to the North.
    covariance : ndarray, shape (3 k, 3 k)
        Inverse Fisher information of (flux, l, m), all sources together: Jy^2, Jy radian, radian^2.
    fit : Residual
        The data fit at the sources, from all visibilities, without the response.
    sum_weight : float
        Sum of the weights in 1/Jy^2.
    count : int
        Number of (complex) visibilities.
    converged : bool
        Whether the list stopped changing before the rounds were spent.
    reason : str
        Why the solver stopped, as a sentence.
    rounds : int
        Rounds of sliding, pruning and adding.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    label : str
        What fluxes and errors are.
    """

    grid: Grid
    flux: Floats
    l: Floats
    m: Floats
    covariance: Floats
    fit: Residual
    sum_weight: float
    count: int
    converged: bool
    reason: str
    rounds: int
    phase_centre: tuple[float, float] | None = None
    label: str = "joint fit of flux and position; errors from the Fisher matrix, conditional on the support"

    @property
    def size(self) -> int:
        """Number of sources."""
        return int(self.flux.size)

    @property
    def residual(self) -> Floats:
        """``A^H W (y - A(sources))`` in 1/Jy, shape (rows, columns), made when it is first asked for."""
        return self.fit.image

    @property
    def residual_energy(self) -> float:
        """``||y - A(sources)||_W^2``, chi-squared over real and imaginary parts."""
        return self.fit.energy

    @property
    def standard_errors(self) -> Floats:
        """Standard errors of flux (Jy), l and m (radian), conditional on the support, shape (3, k)."""
        return np.sqrt(np.diag(self.covariance)).reshape(3, self.size)

    @property
    def position_covariance(self) -> Floats:
        """Covariance of (l, m) of each source in radian^2, all else unknown, shape (k, 2, 2)."""
        places = self.size * np.array([1, 2]) + np.arange(self.size)[:, None]
        return np.asarray(self.covariance[places[:, :, None], places[:, None, :]])

    @property
    def reduced_chi2(self) -> float:
        """``residual_energy`` over degrees of freedom, ``2 count - 3 k``: 1 where weights and support are right."""
        return self.residual_energy / max(2 * self.count - 3 * self.size, 1)

    @property
    def sigma_image(self) -> float:
        """Thermal noise of the dirty image in Jy, ``1/sqrt(sum_weight)``."""
        return float(self.sum_weight**-0.5)
