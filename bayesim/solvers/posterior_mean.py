"""Lambda as the mean of its posterior, from draws of a hierarchical model made elsewhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesim.errors import ModelError
from bayesim.solvers._lambda_choice import LambdaChoice, LambdaProblem

__all__ = ["PosteriorMean"]


@dataclass(frozen=True, eq=False)
class PosteriorMean:
    """The posterior mean of the rate of a hierarchical model of the same data.

    It is the rate of the pixels that were sampled: on another grid or another support it is another number.

    Parameters
    ----------
    tree : xarray.DataTree
        Draws, with a scalar rate in 1/Jy in its posterior.
    variable : str
        Name of the rate.
    """

    tree: Any
    variable: str = "lambda"

    @property
    def name(self) -> str:
        """For tables and figures."""
        return f"posterior mean of {self.variable}"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Average the draws; the problem has no part in it.

        Raises
        ------
        ModelError
            The posterior has no such variable, it is no scalar, or a draw is not positive and finite.
        """
        posterior = self.tree["posterior"]
        if self.variable not in posterior:
            raise ModelError(f"the posterior holds {sorted(map(str, posterior.data_vars))}, not {self.variable!r}")
        draws = posterior[self.variable]
        if set(draws.dims) != {"chain", "draw"}:
            raise ModelError(f"{self.variable!r} has dimensions {draws.dims}: one rate per draw is needed")
        values = np.asarray(draws, dtype=np.float64)
        if not np.all(np.isfinite(values) & (values > 0)):
            raise ModelError(f"draws of {self.variable!r} are not all positive and finite")
        words = f"{values.size} draws, sd {values.std():.3g} / Jy; the rate of the pixels sampled, not of a mode"
        return LambdaChoice(self.name, float(values.mean()), words)
