"""Prior of a total flux: known within a factor."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesim.errors import ModelError
from bayesim.priors._numbers import check_positive

__all__ = ["LogNormalFlux"]


@dataclass(frozen=True)
class LogNormalFlux:
    """``ln F`` is Gaussian about ``ln scale``.

    Parameters
    ----------
    scale : float
        Median in Jy, for example the visibility amplitude of the shortest baseline.
    factor : float
        One standard deviation: ``F`` lies in ``[scale/factor, scale*factor]`` with probability 0.68. Above 1.

    Raises
    ------
    ModelError
        The scale is not positive, or the factor is not above 1.
    """

    scale: float
    factor: float = 1.5

    def __post_init__(self) -> None:
        check_positive(scale=self.scale)
        if not (np.isfinite(self.factor) and self.factor > 1):
            raise ModelError(f"factor {self.factor} must be above 1: flux is uncertain within [1/factor, factor]")

    def variable(self, name: str) -> Any:
        """Add the total flux (Jy) to the model in context and return it."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        return pm.LogNormal(name, mu=float(np.log(self.scale)), sigma=float(np.log(self.factor)))
