"""Lambda by the discrepancy principle: the residual is as large as the noise."""

from dataclasses import dataclass

import numpy as np

from bayesim.solvers._lambda_choice import LambdaChoice, LambdaProblem
from bayesim.solvers.path import at_discrepancy

__all__ = ["Discrepancy"]


@dataclass(frozen=True)
class Discrepancy:
    """The largest lambda of the path with a reduced chi^2 of at most ``chi2`` (Morozov 1966).

    With many noisy visibilities chi^2 hardly depends on the sky: where its own scatter, ``1/sqrt(N)``, exceeds the
    part of chi^2 that the sky explains, the rule is at the mercy of the noise.

    Parameters
    ----------
    chi2 : float
        Reduced chi^2 over real and imaginary parts, no degrees of freedom subtracted; 1 for absolute weights.
    """

    chi2: float = 1.0

    @property
    def name(self) -> str:
        """For tables and figures."""
        return "discrepancy"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Choose from the path.

        Raises
        ------
        ModelError
            No lambda of the path fits that well.
        """
        chosen = at_discrepancy(problem.solutions, chi2=self.chi2)
        scores = np.array([s.reduced_chi2 for s in problem.solutions])
        scatter = float(problem.equations.count**-0.5)
        return LambdaChoice(
            self.name,
            chosen.rate,
            f"weights taken as absolute; residual includes shrinkage; noise alone scatters chi2 by {scatter:.2g}; "
            "a member of the path",
            rates=problem.rates,
            scores=scores,
            score="reduced χ² of the data fitted",
        )
