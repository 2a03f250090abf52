"""Lambda as a multiple of the noise of the residual image, as a rule to compare."""

from dataclasses import dataclass

from bayesim.errors import ModelError
from bayesim.solvers._lambda_choice import LambdaChoice, LambdaProblem
from bayesim.solvers.at_noise import solve_at_noise

__all__ = ["NoiseRule"]


@dataclass(frozen=True)
class NoiseRule:
    """:func:`~bayesim.solvers.solve_at_noise`: ``lambda`` is ``sigmas`` times the noise of the de-biased residual.

    Parameters
    ----------
    sigmas : float
        Positive.

    Raises
    ------
    ModelError
        The threshold is not positive.
    """

    sigmas: float = 4.0

    def __post_init__(self) -> None:
        if not self.sigmas > 0:
            raise ModelError(f"threshold {self.sigmas} must be positive (sigmas)")

    @property
    def name(self) -> str:
        """For tables and figures."""
        return f"noise, {self.sigmas:g} sigma"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Lower lambda until it meets the noise."""
        found = solve_at_noise(problem.equations, problem.make, sigmas=self.sigmas, solver=problem.solver)
        return LambdaChoice(self.name, found.rate, "noise of the residual, measured by its median deviation, to 10 %")
