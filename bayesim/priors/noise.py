"""Prior of the noise scale: by how much the sigmas of the weights may be wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesim.errors import ModelError

__all__ = ["NoiseScale"]


@dataclass(frozen=True)
class NoiseScale:
    """``ln s`` is Gaussian about 0: sigmas as stated, right within a factor.

    Parameters
    ----------
    factor : float
        One standard deviation: ``s`` lies in ``[1/factor, factor]`` with probability 0.68. Above 1.

    Raises
    ------
    ModelError
        The factor is not above 1 and finite.
    """

    factor: float = 2.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.factor) and self.factor > 1):
            raise ModelError(f"factor {self.factor} must be above 1: noise is uncertain within [1/factor, factor]")

    def variable(self, name: str) -> Any:
        """Add the noise scale (dimensionless) to the model in context and return it."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        return pm.LogNormal(name, mu=0.0, sigma=float(np.log(self.factor)))
