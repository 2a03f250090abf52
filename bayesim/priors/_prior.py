"""A pixel prior seen from both sides: a PyMC variable and, where it is convex, a penalty with its certificate."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["ConvexPrior", "PixelPrior", "Prior", "fixed_rate"]

from bayesim.errors import ModelError

Floats = NDArray[np.float64]


@runtime_checkable
class PixelPrior(Protocol):
    """Contract of every prior of pixels (checked leaf by leaf in ``tests/test_contracts.py``)."""

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the prior to the model in context and return its random variable (Jy/pixel)."""

    def value(self, x: Floats) -> float:
        """Return the penalty ``-log p(x | rate)`` up to the log-normaliser; ``inf`` outside the support."""

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``log p(x | rate) + value(x)`` for an image of this shape (rows, columns).

        A prior whose normaliser is known only as a function of the rate leaves out a constant of the shape alone.
        """


@runtime_checkable
class ConvexPrior(PixelPrior, Protocol):
    """A prior whose penalty is convex, so that proximal solvers can use it."""

    @property
    def rate(self) -> Any:
        """Strength ``lambda``: a positive number, or a PyMC variable when it is inferred."""

    def prox(self, x: Floats, step: float) -> Floats:
        """Return ``argmin_z 1/2 ||z - x||^2 + step * value(z)``."""


@runtime_checkable
class Prior(ConvexPrior, Protocol):
    """A convex prior whose pixels stand alone (l1 penalties): sparse solvers need its dual certificate.

    ``gradient`` always means ``A^T W (y - A x)`` in 1/Jy, minus the gradient of the data fit; ``rate`` is in 1/Jy.
    """

    def certificate(self, gradient: Floats) -> Floats:
        """Return the dual certificate ``eta``: no pixel exceeds 1 if and only if the image is optimal."""

    def lambda_max(self, gradient: Floats) -> float:
        """Return the smallest rate (1/Jy) at which the empty sky is optimal, from the dirty image."""


def fixed_rate(prior: ConvexPrior) -> float:
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
        raise ModelError(f"rate {rate} must be positive and finite")
    return rate
