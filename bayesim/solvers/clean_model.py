"""What a CLEAN returns: components, the exact residual, and no claim of optimality."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import Residual
from bayesim.priors import Prior
from bayesim.sky import Grid
from bayesim.solvers._gap import Optimality, optimality

__all__ = ["CleanModel", "CleanStep"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CleanStep:
    """The state at the start of one major cycle, as measured by the exact operator.

    Parameters
    ----------
    iterations : int
        Minor iterations spent so far.
    peak : float
        Largest residual that CLEAN may take, Jy per dirty beam.
    sigma : float
        Noise of the residual image, Jy per dirty beam, from its median absolute deviation.
    seconds : float
        Wall time since the start.
    """

    iterations: int
    peak: float
    sigma: float
    seconds: float


@dataclass(frozen=True, eq=False)
class CleanModel:
    """A sky found by CLEAN.

    CLEAN is a greedy procedure, not the minimiser of a stated objective: there is no certificate, and where it stops
    is a choice. :meth:`optimality` measures its components as a solution of the LASSO, for an honest comparison.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    image : ndarray, shape (rows, columns)
        Components in Jy/pixel.
    residual : ndarray, shape (rows, columns)
        ``A^T W (y - A x)`` in 1/Jy of the components, from the exact operator.
    residual_energy : float
        ``||y - A x||_W^2``.
    sum_weight : float
        Sum of the weights in 1/Jy^2.
    count : int
        Number of visibilities.
    iterations : int
        Minor iterations.
    converged : bool
        Whether the threshold asked for was reached.
    reason : str
        Why it stopped, as a sentence.
    history : tuple of CleanStep
        The major cycles; the last entry is the final residual.
    label : str
        What the fluxes are, with every approximation named.
    """

    grid: Grid
    image: Floats
    residual: Floats
    residual_energy: float
    sum_weight: float
    count: int
    iterations: int
    converged: bool
    reason: str
    history: tuple[CleanStep, ...]
    label: str

    @property
    def cycles(self) -> int:
        """Major cycles: exact residuals after the first."""
        return len(self.history) - 1

    @property
    def indices(self) -> NDArray[np.int64]:
        """Flat indices (row-major) of the pixels that hold flux, ascending."""
        return np.flatnonzero(self.image)

    @property
    def fluxes(self) -> Floats:
        """Their values in Jy/pixel."""
        return np.asarray(self.image.ravel()[self.indices])

    @property
    def sigma_image(self) -> float:
        """Thermal noise of the dirty image in Jy, ``1/sqrt(sum_weight)``."""
        return float(self.sum_weight**-0.5)

    def optimality(self, prior: Prior) -> Optimality:
        """Return objective, duality gap and largest certificate of these components for a LASSO.

        Parameters
        ----------
        prior : Prior
            An l1 penalty with a number for its rate; CLEAN itself knows none. A negative component costs infinity
            where the prior is positive.
        """
        gradient = self.residual.ravel()[self.indices]
        return optimality(Residual(self.residual, self.residual_energy), prior, self.fluxes, gradient)
