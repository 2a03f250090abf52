"""Posterior of a whole image: a Gaussian likelihood by its statistics and a convex penalty."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators.coplanar import Coplanar
from bayesim.priors import ConvexPrior, GammaRate
from bayesim.samplers._complement import Complement
from bayesim.solvers.apgd import largest_eigenvalue

__all__ = ["LogConcave"]

Floats = NDArray[np.float64]

_MARGIN = 1.02
"""The power iteration approaches the largest eigenvalue from below."""


@dataclass(frozen=True, eq=False)
class LogConcave:
    """``-log p(x | y) = 1/2 x'Gx - d'x + penalty(x)``, all pixels of the grid.

    Parameters
    ----------
    equations : Coplanar
        Data fit; one gradient costs one FFT pair whatever the number of visibilities.
    make : callable
        The prior for a rate in 1/Jy, such as :class:`~bayesim.priors.Laplace`.
    rate : float or GammaRate
        ``lambda`` in 1/Jy, or its hyper-prior where it is to be inferred.

    Raises
    ------
    ModelError
        The rate is neither, or the prior's normaliser is not a power of the rate where that is to be inferred.
    """

    equations: Coplanar
    make: Callable[[float], ConvexPrior]
    _: KW_ONLY
    rate: float | GammaRate

    def __post_init__(self) -> None:
        if isinstance(self.rate, GammaRate):
            _ = self.power  # refuses here, not after an hour
        elif not (np.isfinite(self.rate) and self.rate > 0):
            raise ModelError(f"rate {self.rate} must be positive and finite, or a GammaRate where it is inferred")

    @cached_property
    def power(self) -> float:
        """``k`` of the normaliser ``lambda^k``."""
        shape = self.equations.grid.shape
        logs = [self.make(rate).log_normaliser(rate, shape) for rate in (1.0, 2.0, 4.0)]
        powers = np.diff(logs) / np.log(2.0)
        if not (powers[0] > 0 and np.isclose(powers[0], powers[1], rtol=1e-9)):
            name = type(self.make(1.0)).__name__
            raise ModelError(f"the normaliser of {name} is no power of its rate: give lambda a number")
        return float(powers[0])

    @cached_property
    def stiffness(self) -> float:
        """Largest eigenvalue of ``G`` in 1/Jy^2."""
        return _MARGIN * largest_eigenvalue(self.equations)

    @cached_property
    def complement(self) -> Complement:
        """What ``G`` lacks of being diagonal, with a root of it."""
        return Complement(self.equations.normal)

    def draw_rate(self, image: Floats, rng: np.random.Generator) -> float:
        """Draw ``lambda`` given an image, from ``Gamma(shape + k, 1/scale + penalty / lambda)``.

        Exact for penalties that are proportional to ``lambda``.

        Raises
        ------
        ModelError
            The rate is a number.
        """
        if not isinstance(self.rate, GammaRate):
            raise ModelError(f"rate {self.rate} is a number: it is not drawn")
        total = self.make(2.0).value(image) - self.make(1.0).value(image)
        return float(rng.gamma(self.rate.shape + self.power) / (1.0 / self.rate.scale + total))
