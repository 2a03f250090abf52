"""A pixel prior seen from both sides: a PyMC variable, and a convex penalty with its certificate."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Prior", "fixed_rate"]

from bayesim.errors import ModelError

Floats = NDArray[np.float64]


@runtime_checkable
class Prior(Protocol):
    """Contract of every pixel prior (checked leaf by leaf in ``tests/test_contracts.py``).

    ``gradient`` always means ``A^T W (y - A x)`` in 1/Jy, minus the gradient of the data fit.
    """

    @property
    def rate(self) -> Any:
        """Strength ``lambda`` in 1/Jy: a positive number, or a PyMC variable when it is inferred."""

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the prior to the model in context and return its random variable (Jy/pixel)."""

    def value(self, x: Floats) -> float:
        """Return the penalty ``-log p(x | rate)`` up to the log-normaliser; ``inf`` outside the support."""

    def prox(self, x: Floats, step: float) -> Floats:
        """Return ``argmin_z 1/2 ||z - x||^2 + step * value(z)``."""

    def certificate(self, gradient: Floats) -> Floats:
        """Return the dual certificate ``eta``: no pixel exceeds 1 if and only if the image is optimal."""

    def lambda_max(self, gradient: Floats) -> float:
        """Return the smallest rate (1/Jy) at which the empty sky is optimal, from the dirty image."""

    def log_normaliser(self, rate: float, size: int) -> float:
        """Return ``log p(x | rate) + value(x)`` for ``size`` pixels."""


def fixed_rate(prior: Prior) -> float:
    """Return the rate as a number, or refuse a rate that is itself to be inferred.

    Raises
    ------
    ModelError
        The rate is a random variable: the joint mode of (image, lambda) is unbounded (lambda grows without
        limit as the sky empties), so it is never offered.
    """
    if not isinstance(prior.rate, (int, float, np.floating, np.integer)):
        raise ModelError(
            "the mode of (image, lambda) together does not exist: the density grows without bound as the sky "
            "empties and lambda goes to infinity. Give the prior a number as its rate, or sample the posterior"
        )
    rate = float(prior.rate)
    if not (np.isfinite(rate) and rate > 0):
        raise ModelError(f"rate {rate} 1/Jy must be positive and finite")
    return rate
