"""What every solver returns: a sky, its dual certificate, and how far from the optimum it can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations, Residual
from bayesim.priors import Prior, fixed_rate
from bayesim.sky import Grid
from bayesim.solvers._gap import crests, lambda_max

__all__ = ["Iterate", "Solution", "Step", "certified"]

_ROUNDING = 1e-9
"""Error of a certificate that no gap shows: atoms of an exact solution stand at 1 only to rounding."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One outer iteration, as measured by the exact operator.

    Parameters
    ----------
    atoms : int
        Non-zero pixels.
    objective : float
        ``1/2 ||y - A x||_W^2 + penalty``, dimensionless.
    gap : float
        Duality gap in the unit of the objective.
    max_certificate : float
        Largest value of the certificate.
    seconds : float
        Wall time since the start.
    """

    atoms: int
    objective: float
    gap: float
    max_certificate: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Iterate:
    """A sky on the way to the solution.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    prior : Prior
        The penalty that is being solved with.
    indices : ndarray of int64, shape (k,)
        Flat indices (row-major) of the atoms, in any order.
    fluxes : ndarray, shape (k,)
        Their values in Jy/pixel.
    step : Step
        How good this sky is.
    """

    grid: Grid
    prior: Prior
    indices: NDArray[np.int64]
    fluxes: Floats
    step: Step


@dataclass(frozen=True, eq=False)
class Solution:
    """A maximum a posteriori sky, sparse, with its proof of optimality.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    prior : Prior
        The penalty, with the rate (1/Jy) that was used.
    indices : ndarray of int64, shape (k,)
        Flat indices (row-major) of the non-zero pixels, ascending.
    fluxes : ndarray, shape (k,)
        Their values in Jy/pixel.
    fit : Residual
        The data fit at the sky, from the exact operator.
    sum_weight : float
        Sum of the weights in 1/Jy^2.
    count : int
        Number of visibilities.
    lambda_max : float
        Rate at which the empty sky is optimal, 1/Jy.
    objective, gap : float
        Value of the LASSO and its duality gap.
    converged : bool
        Whether the gap asked for was reached.
    reason : str
        Why the solver stopped, as a sentence.
    history : tuple of Step
        The outer iterations.
    label : str
        What the fluxes are, with every approximation named.
    """

    grid: Grid
    prior: Prior
    indices: NDArray[np.int64]
    fluxes: Floats
    fit: Residual
    sum_weight: float
    count: int
    lambda_max: float
    objective: float
    gap: float
    converged: bool
    reason: str
    history: tuple[Step, ...] = ()
    label: str = "maximum a posteriori (LASSO)"

    @property
    def rate(self) -> float:
        """``lambda`` in 1/Jy."""
        return fixed_rate(self.prior)

    @property
    def alpha(self) -> float:
        """``lambda / lambda_max``."""
        return self.rate / self.lambda_max if self.lambda_max > 0 else float("inf")

    @property
    def relative_gap(self) -> float:
        """Duality gap over the objective."""
        return self.gap / self.objective if self.objective > 0 else 0.0

    @property
    def reduced_chi2(self) -> float:
        """``residual_energy`` per real number, no degrees of freedom subtracted; it includes what lambda shrinks."""
        return self.residual_energy / (2 * self.count)

    @property
    def residual(self) -> Floats:
        """``A^T W (y - A x)`` in 1/Jy, shape (rows, columns), made when it is first asked for."""
        return self.fit.image

    @property
    def residual_energy(self) -> float:
        """``||y - A x||_W^2``, dimensionless."""
        return self.fit.energy

    @cached_property
    def image(self) -> Floats:
        """The sky in Jy/pixel, shape (rows, columns)."""
        image = np.zeros(self.grid.size)
        image[self.indices] = self.fluxes
        return image.reshape(self.grid.shape)

    @property
    def values(self) -> dict[str, Floats]:
        """The mode by the name of its variable."""
        return {"image": self.image}

    @cached_property
    def certificate(self) -> Floats:
        """Dual certificate ``eta`` of every pixel, dimensionless, shape (rows, columns)."""
        return self.prior.certificate(self.residual)

    @property
    def max_certificate(self) -> float:
        """Largest value of the certificate: 1 at the optimum of a sky that is not empty."""
        return float(crests(self.fit, self.prior)[1].max())

    @property
    def radius(self) -> float:
        """How far the certificate of the optimum can be from this one, ``R = sqrt(2 gap sum_weight) / lambda``."""
        return float(np.sqrt(2 * max(self.gap, 0.0) * self.sum_weight) / self.rate)

    @cached_property
    def saturation(self) -> NDArray[np.bool_]:
        """Pixels that may be non-zero in *some* solution, provably: ``eta >= 1 - R``; shape (rows, columns)."""
        return self.certificate >= 1.0 - self.radius - _ROUNDING

    @property
    def sigma_image(self) -> float:
        """Thermal noise of the dirty image in Jy, ``1/sqrt(sum_weight)``."""
        return float(self.sum_weight**-0.5)


def certified(
    equations: NormalEquations,
    prior: Prior,
    *,
    indices: NDArray[np.int64],
    fluxes: Floats,
    residual: Residual,
    history: Sequence[Step],
    relative_gap: float,
    reason: str,
) -> Solution:
    """Assemble a solution from the last exact residual; the last step of the history holds its optimality."""
    last, order = history[-1], np.argsort(indices)
    return Solution(
        grid=equations.grid,
        prior=prior,
        indices=indices[order],
        fluxes=fluxes[order],
        fit=residual,
        sum_weight=equations.sum_weight,
        count=equations.count,
        lambda_max=lambda_max(equations, prior),
        objective=last.objective,
        gap=last.gap,
        converged=last.gap <= relative_gap * last.objective,
        reason=reason,
        history=tuple(history),
    )
