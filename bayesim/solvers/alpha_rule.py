"""Lambda as a fixed fraction of lambda_max."""

from dataclasses import dataclass

from bayesim.errors import ModelError
from bayesim.solvers._lambda_choice import LambdaChoice, LambdaProblem

__all__ = ["AlphaRule"]


@dataclass(frozen=True)
class AlphaRule:
    """``lambda = alpha lambda_max``: a dynamic range asked for beforehand, whatever the noise.

    Parameters
    ----------
    alpha : float
        In (0, 1].

    Raises
    ------
    ModelError
        Alpha is outside.
    """

    alpha: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.alpha <= 1:
            raise ModelError(f"alpha {self.alpha} must lie in (0, 1]: from 1 on the sky is empty")

    @property
    def name(self) -> str:
        """For tables and figures."""
        return f"alpha = {self.alpha:g}"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Return the fraction of the problem's lambda_max."""
        return LambdaChoice(
            self.name, self.alpha * problem.lambda_max, "given beforehand: knows nothing of the noise"
        )
