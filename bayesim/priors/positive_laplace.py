"""Exponential prior: independent non-negative pixels, the LASSO's penalty with positivity."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.priors._prior import fixed_rate

__all__ = ["PositiveLaplace"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PositiveLaplace:
    """``p(x) = rate^n exp(-rate sum x)`` for ``x >= 0``.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    """

    rate: Any

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add exponential pixels to the model in context."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        return pm.Exponential(name, lam=self.rate, dims=dims)

    def value(self, x: Floats) -> float:
        """Return ``rate * sum x``, infinite when a pixel is negative."""
        return fixed_rate(self) * float(x.sum()) if np.all(x >= 0) else float("inf")

    def prox(self, x: Floats, step: float) -> Floats:
        """Return ``max(x - rate * step, 0)``."""
        return np.maximum(x - fixed_rate(self) * step, 0.0)

    def certificate(self, gradient: Floats) -> Floats:
        """Return ``gradient / rate``: a pixel that any solution may use reaches 1, the others stay below."""
        return np.asarray(gradient / fixed_rate(self))

    def lambda_max(self, gradient: Floats) -> float:
        """Return ``max gradient`` (not its absolute value), 0 when no pixel is positive."""
        return max(float(gradient.max()), 0.0)

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``n log(rate)`` of the ``n`` pixels."""
        return prod(shape) * float(np.log(rate))
