"""Maximum a posteriori sky under total variation, total squared variation or the starlet, with a duality gap."""

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations, Residual
from bayesim.priors import fixed_rate
from bayesim.priors.starlet_laplace import StarletLaplace
from bayesim.priors.total_squared_variation import TotalSquaredVariation
from bayesim.priors.total_variation import TotalVariation
from bayesim.sky import Grid
from bayesim.solvers._solution import Step
from bayesim.solvers.apgd import largest_eigenvalue

__all__ = ["Regularised", "solve_regularised"]

Floats = NDArray[np.float64]
type Variation = TotalVariation | TotalSquaredVariation | StarletLaplace

_MARGIN = 1.02
"""The power iteration approaches the largest eigenvalue from below."""

_INNER = 40
"""Steps of the inner problem at most; it starts from the last dual field, so few are needed."""

_INNER_PRECISION = 1e-9

_CHECK = 20
"""Gradients between two duality gaps."""


@dataclass(frozen=True, eq=False)
class Regularised:
    """A dense maximum a posteriori sky.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    prior : TotalVariation, TotalSquaredVariation or StarletLaplace
        The penalty, with its rate.
    image : ndarray, shape (rows, columns)
        Jy/pixel.
    residual : ndarray, shape (rows, columns)
        ``A^T W (y - A x)`` in 1/Jy from the exact operator.
    certificate : ndarray, shape (rows, columns)
        Total variation: size of the dual field, above 1 by no more than the gap asks; starlet: the largest over the
        scales; total squared variation, which has no dual constraint: zero.
    objective, gap : float
        ``1/2 ||y - A x||_W^2 + penalty`` and its duality gap.
    converged : bool
        Whether the gap asked for was reached.
    reason : str
        Why the solver stopped.
    history : tuple of Step
        At every duality gap.
    label : str
        What the image is.
    """

    grid: Grid
    prior: Variation
    image: Floats
    residual: Floats
    certificate: Floats
    objective: float
    gap: float
    converged: bool
    reason: str
    history: tuple[Step, ...]
    label: str

    @property
    def relative_gap(self) -> float:
        """Duality gap over the objective."""
        return self.gap / self.objective

    @property
    def values(self) -> dict[str, Floats]:
        """The mode by the name of its variable."""
        return {"image": self.image}


def solve_regularised(
    equations: NormalEquations,
    prior: Variation,
    *,
    relative_gap: float = 1e-4,
    max_gradients: int = 5000,
    start: Regularised | None = None,
) -> Regularised:
    """Minimise ``1/2 ||y - A x||_W^2 + value(x)`` by accelerated proximal gradients with restart.

    Parameters
    ----------
    equations : NormalEquations
        Data fit.
    prior : TotalVariation, TotalSquaredVariation or StarletLaplace
        Fixed rate; the level may be infinite, the data then decide on the mean.
    relative_gap : float
        Duality gap asked for, relative to the objective.
    max_gradients : int
        Bound on the work.
    start : Regularised, optional
        Warm start on the same grid.

    Returns
    -------
    Regularised
        With gap and certificate from the exact residual.

    Raises
    ------
    ModelError
        The rate is to be inferred.

    References
    ----------
    Beck & Teboulle 2009 (FISTA); O'Donoghue & Candes 2015 (restart).
    """
    fixed_rate(prior)
    began, grid = time.perf_counter(), equations.grid
    every = np.arange(grid.size)

    def residual_at(x: Floats) -> Residual:
        return equations.residual(every, x.ravel())

    x = np.zeros(grid.shape) if start is None else start.image
    flat = equations.dirty - residual_at(np.ones(grid.shape)).image
    step = 1.0 / (_MARGIN * largest_eigenvalue(equations))
    lead, momentum, dual, history = x, 1.0, np.zeros((prior.planes, *grid.shape)), list[Step]()
    for count in range(max_gradients + 1):
        if count % _CHECK == 0 or count == max_gradients:
            here = residual_at(x)
            proof = _proof(prior, x, here, dual, flat)
            peak, elapsed = float(proof.certificate.max()), time.perf_counter() - began
            history.append(Step(int(np.count_nonzero(x)), proof.objective, proof.gap, peak, elapsed))
            if proof.gap <= relative_gap * proof.objective:
                break
        ahead = lead + step * residual_at(lead).image
        new, dual = prior.prox_from(ahead, step, dual, precision=_INNER_PRECISION, most=_INNER)
        if float(np.vdot(lead - new, new - x)) > 0:
            momentum, lead, x = 1.0, new, new
            continue
        after = 0.5 * (1 + np.sqrt(1 + 4 * momentum**2))
        lead, x, momentum = new + (momentum - 1) / after * (new - x), new, after
    return Regularised(
        grid=grid,
        prior=prior,
        image=proof.x,
        residual=here.image,
        certificate=proof.certificate,
        objective=proof.objective,
        gap=proof.gap,
        converged=proof.gap <= relative_gap * proof.objective,
        reason=f"relative gap {proof.gap / proof.objective:.1e} after {count} gradients",
        history=tuple(history),
        label=f"maximum a posteriori ({type(prior).__name__})",
    )


class _Proof(NamedTuple):
    x: Floats
    objective: float
    gap: float
    certificate: Floats


def _proof(prior: Variation, x: Floats, here: Residual, dual: Floats, flat: Floats) -> _Proof:
    """Duality gap at ``x``.

    The dual point is ``s (r - tau A 1)``: ``tau`` takes the constant out of its image where the penalty leaves it
    free, ``s`` makes it feasible. ``gap = 1/2 ||r - dual point||_W^2 + value(x) + conjugate - <image of the dual
    point, x>``, without cancellation between primal and dual values.
    """
    total, whole = float(here.image.sum()), float(flat.sum())
    tau = 0.0 if np.isfinite(prior.level) else total / whole
    gradient = here.image - tau * flat
    scale, conjugate, certificate = prior.dual_bound(gradient, dual)
    distance = (1 - scale) ** 2 * here.energy + 2 * (1 - scale) * scale * tau * total + (scale * tau) ** 2 * whole
    penalty = prior.value(x)
    gap = 0.5 * distance + penalty + conjugate - scale * float(np.vdot(gradient, x))
    return _Proof(x, 0.5 * here.energy + penalty, gap, certificate)
