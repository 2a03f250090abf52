"""Laplace prior: independent pixels of either sign, the LASSO's penalty."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.priors._prior import fixed_rate

__all__ = ["Laplace"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Laplace:
    """``p(x) = (rate/2)^n exp(-rate ||x||_1)``.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    """

    rate: Any

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add Laplace pixels to the model in context."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        return pm.Laplace(name, mu=0.0, b=1.0 / self.rate, dims=dims)

    def value(self, x: Floats) -> float:
        """Return ``rate * ||x||_1``."""
        return fixed_rate(self) * float(np.abs(x).sum())

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the soft threshold of ``x`` at ``rate * step``."""
        return np.asarray(np.sign(x) * np.maximum(np.abs(x) - fixed_rate(self) * step, 0.0))

    def certificate(self, gradient: Floats) -> Floats:
        """Return ``gradient / rate``, optimal where within [-1, 1]; its size counts, so ``|gradient| / rate``."""
        return np.asarray(np.abs(gradient) / fixed_rate(self))

    def lambda_max(self, gradient: Floats) -> float:
        """Return ``max |gradient|``."""
        return float(np.abs(gradient).max())

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``n log(rate / 2)`` of the ``n`` pixels."""
        return prod(shape) * float(np.log(rate / 2))
