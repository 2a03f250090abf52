"""The density that a gradient sampler walks in: coordinates without an edge, a penalty without a cusp.

Two ways to take the cusp out, both over a width that scales with that of the penalty, ``1/t``:

* Moreau-Yosida: ``penalty(x)`` becomes ``min_z penalty(z) + |x - z|^2 / (2 c)`` with ``c = smoothing / lambda^2``. In
  units of 1/lambda the smoothed prior is the same for every lambda, so its normaliser is still the same power.
* Mirrored, for non-negative pixels: ``x = |u|`` with ``u`` of either sign, ``|u|`` rounded off below
  ``smoothing / t``, ``t = lambda + sqrt(L)``. The envelope of an edge moves the flux of empty pixels by a fraction
  ``sqrt(c) t`` of itself; rounding by its square.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.normal import Normal
from bayesim.priors import ConvexPrior, PositiveLaplace
from bayesim.priors.total_variation import TotalVariation
from bayesim.samplers.log_concave import LogConcave

__all__ = ["Mirrored", "Moreau", "Target", "target"]

Floats = NDArray[np.float64]

_PRECISION = 1e-6
"""Duality gap of the prox of total variation, relative to its objective."""

_MOST = 100


class Target(Protocol):
    """Potential ``U`` of coordinates ``u`` (Jy/pixel), shape (rows, columns)."""

    @property
    def stiffness(self) -> float:
        """Largest curvature of the smoothed potential, 1/Jy^2."""

    @property
    def scale(self) -> float:
        """Slope of the cusp in 1/Jy: a step cannot be longer than some ``1/scale^2``."""

    @property
    def label(self) -> str:
        """What was done to the density."""

    def potential(self, u: Floats) -> float:
        """Return the potential with its cusp, up to a constant."""

    def slope(self, u: Floats) -> Floats:
        """Return the gradient of the smoothed potential: one FFT pair."""

    def image(self, u: Floats) -> Floats:
        """Return the sky (Jy/pixel)."""


@dataclass(frozen=True, eq=False)
class Moreau:
    """Any convex prior."""

    normal: Normal
    prior: ConvexPrior
    rate: float
    data_stiffness: float
    smoothing: float

    @property
    def width(self) -> float:
        """``c`` in Jy^2."""
        return self.smoothing / self.rate**2

    @property
    def stiffness(self) -> float:
        """``L + 1/c``."""
        return self.data_stiffness + 1.0 / self.width

    @property
    def scale(self) -> float:
        """``lambda``."""
        return self.rate

    @property
    def label(self) -> str:
        """The envelope."""
        return f"Moreau-Yosida envelope of the penalty, c = {self.smoothing:g} / lambda^2"

    def potential(self, u: Floats) -> float:
        """Return that of the image."""
        return self.prior.value(u) - self.normal.value_and_gradient(u)[0]

    def slope(self, u: Floats) -> Floats:
        """Return it for one FFT pair and one prox."""
        return np.asarray((u - self._prox(u)) / self.width + self.normal.apply(u) - self.normal.dirty)

    def image(self, u: Floats) -> Floats:
        """Return ``u`` itself."""
        return u

    def _prox(self, u: Floats) -> Floats:
        if isinstance(self.prior, TotalVariation):
            # its own prox goes to rounding, hundreds of steps for digits that the noise hides
            begin = np.zeros((2, *u.shape))
            return self.prior.prox_from(u, self.width, begin, precision=_PRECISION, most=_MOST)[0]
        return self.prior.prox(u, self.width)


@dataclass(frozen=True, eq=False)
class Mirrored:
    """Exponential pixels."""

    normal: Normal
    rate: float
    data_stiffness: float
    smoothing: float

    @property
    def scale(self) -> float:
        """``t``."""
        return self.rate + float(np.sqrt(self.data_stiffness))

    @property
    def stiffness(self) -> float:
        """``L + t^2 / smoothing``."""
        return self.data_stiffness + self.scale**2 / self.smoothing

    @property
    def label(self) -> str:
        """The rounding."""
        return f"mirrored at zero, cusp rounded over {self.smoothing:g} / (lambda + sqrt L)"

    def potential(self, u: Floats) -> float:
        """Return that of ``|u|``."""
        away = np.abs(u)
        return self.rate * float(away.sum()) - self.normal.value_and_gradient(away)[0]

    def slope(self, u: Floats) -> Floats:
        """Return it for one FFT pair."""
        away, width = np.abs(u), self.smoothing / self.scale
        rounded = np.where(away < width, u * u / (2 * width), away - width / 2)
        pull = self.normal.dirty - self.normal.apply(rounded)
        return np.asarray(np.clip(u / width, -1.0, 1.0) * (self.rate - pull))

    def image(self, u: Floats) -> Floats:
        """Return ``|u|``."""
        return np.abs(u)


def target(problem: LogConcave, rate: float, *, smoothing: float) -> Target:
    """Return the density to walk in at a rate (1/Jy)."""
    prior, normal = problem.make(rate), problem.equations.normal
    if isinstance(prior, PositiveLaplace):
        return Mirrored(normal, rate, problem.stiffness, smoothing)
    return Moreau(normal, prior, rate, problem.stiffness, smoothing)
