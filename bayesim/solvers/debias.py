"""De-biased refit: least squares on the support, without the shrinkage of the l1 penalty."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators._contract import NormalEquations, Residual
from bayesim.solvers._active_set import minimise
from bayesim.solvers._solution import Solution

__all__ = ["Refit", "debias"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Refit:
    """Least-squares fluxes on a support.

    Parameters
    ----------
    indices : ndarray of int64, shape (k,)
        Flat pixel indices that kept flux, ascending.
    fluxes : ndarray, shape (k,)
        Jy/pixel.
    covariance : ndarray, shape (k, k)
        Inverse of the Gram matrix in Jy^2: the noise of the fluxes *given that the support is right*.
    fit : Residual
        The data fit at the refit.
    label : str
        What the errors are.
    """

    indices: NDArray[np.int64]
    fluxes: Floats
    covariance: Floats
    fit: Residual
    label: str = "least squares on the LASSO support; errors conditional on the support"

    @property
    def residual(self) -> Floats:
        """``A^T W (y - A x)`` in 1/Jy of the refit, shape (rows, columns)."""
        return self.fit.image

    @property
    def residual_energy(self) -> float:
        """``||y - A x||_W^2`` of the refit, dimensionless."""
        return self.fit.energy

    @property
    def standard_errors(self) -> Floats:
        """Standard error of each flux in Jy, conditional on the support, shape (k,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def debias(equations: NormalEquations, solution: Solution) -> Refit:
    """Refit the fluxes of a solution without penalty; a non-negative solution stays non-negative.

    The LASSO shrinks an isolated source by ``lambda / sum_weight``; the refit takes that back.

    Parameters
    ----------
    equations : NormalEquations
        The data the solution was found from.
    solution : Solution
        Its support is kept; pixels whose refitted flux is zero leave it.

    Returns
    -------
    Refit
        Fluxes and their covariance.

    Raises
    ------
    ModelError
        The solution is empty.
    """
    if not solution.indices.size:
        raise ModelError("the solution is empty: nothing to refit (lambda is at or above lambda_max)")
    gram = equations.gram(solution.indices, solution.indices)
    linear = solution.fit.at(solution.indices) + gram @ solution.fluxes
    positive = not np.isfinite(solution.prior.value(np.array([-1.0])))
    fit = minimise(gram, linear, rate=0.0, positive=positive, start=solution.fluxes)
    keep = np.flatnonzero(fit.values)
    indices = solution.indices[keep]
    covariance = np.linalg.pinv(gram[np.ix_(keep, keep)], hermitian=True)
    return Refit(indices, fit.values[keep], covariance, equations.residual(indices, fit.values[keep]))
