"""Lambda at the corner of the L-curve: where less penalty starts to buy flux instead of fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.solvers._lambda_choice import LambdaChoice, LambdaProblem
from bayesim.solvers._solution import Solution

__all__ = ["LCurve"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LCurve:
    """The lambda of greatest curvature of ``log ||x||_1`` against ``log 1/2 ||y - A x||_W^2`` (Hansen 1992).

    Along a path of optima the slope needs no differences: ``d ||x||_1 / d (1/2 ||y - A x||_W^2) = -1 / lambda``, so
    the direction of the curve is exact at every member, and the curvature between two of them is the turn over the
    way. Only the turn from much fit for little flux to much flux for little fit counts as a corner, and only where
    the curvature has a maximum inside the path: under positivity noise can add little flux, so the curve may simply
    end, ever more curved, where lambda is far below the noise.

    The corner is a heuristic: it uses no noise level, and it does not converge to the truth as the noise vanishes
    (Vogel 1996, Inverse Problems 12, 535).

    References
    ----------
    Hansen 1992, SIAM Review 34, 561; Hansen & O'Leary 1993, SIAM J. Sci. Comput. 14, 1487.
    """

    @property
    def name(self) -> str:
        """For tables and figures."""
        return "L-curve"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Choose between two members of the path.

        Raises
        ------
        ModelError
            Fewer than three members hold flux and do not fit exactly, or the curve has no corner.
        """
        bent = [s for s in problem.solutions if _size(s) > 0 and s.residual_energy > 0]
        if len(bent) < 3:
            raise ModelError(f"an L-curve of {len(bent)} members that hold flux: at least 3, extend the path")
        rates = np.array([s.rate for s in bent])
        curvature = _curvature(rates, np.array([_size(s) for s in bent]), np.array([s.residual_energy for s in bent]))
        inside = 1 + np.flatnonzero((curvature[1:-1] >= curvature[:-2]) & (curvature[1:-1] > curvature[2:]))
        best = max(inside, key=lambda place: float(curvature[place]), default=0)
        if not curvature[best] > 0 or best == 0:
            ends = f"lambda = {rates[0]:.3g} and {rates[-1]:.3g} / Jy"
            raise ModelError(f"the L-curve has no corner between {ends}: extend the path or take another rule")
        between = np.sqrt(rates[1:] * rates[:-1])
        words = "heuristic; blind to the noise level; halfway between two members of the path"
        return LambdaChoice(
            self.name, float(between[best]), words, rates=between, scores=curvature, score="curvature of the L-curve"
        )


def _size(solution: Solution) -> float:
    """Return ``||x||_1`` in Jy, by whatever weights the prior has."""
    return solution.prior.value(solution.fluxes) / solution.rate


def _curvature(rates: Floats, sizes: Floats, energies: Floats) -> Floats:
    """Return the turn of the curve over its length between neighbours, dimensionless, positive at a corner."""
    direction = np.arctan2(0.5 * energies, rates * sizes)
    way = np.hypot(np.diff(np.log(sizes)), np.diff(np.log(energies)))
    return np.divide(np.diff(direction), way, out=np.zeros_like(way), where=way > 0)
