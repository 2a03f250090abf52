"""One chain of all pixels whose rate may change at every sweep: exact, by two engines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

from bayesim.errors import ModelError
from bayesim.operators import Coplanar
from bayesim.operators._contract import NormalEquations
from bayesim.priors import Laplace, PositiveLaplace, Prior
from bayesim.samplers._walk import State
from bayesim.samplers.image_gibbs import ImageGibbs
from bayesim.samplers.log_concave import LogConcave
from bayesim.solvers import LambdaProblem, Solution

__all__ = ["AllPixels", "ImageChain", "SinglePixels", "image_chain"]

Floats = NDArray[np.float64]

_MOST = 4096
"""Pixels: the Gram matrix of more does not fit 128 MiB."""


class ImageChain(Protocol):
    """A chain that leaves the posterior of the pixels at the rate of each sweep as it is."""

    @property
    def name(self) -> str:
        """For labels."""

    def relaxation(self, rate: float) -> float:
        """Return the sweeps in which directions that the prior alone holds forget where they were."""

    def sweep(self, rate: float, rng: np.random.Generator) -> Floats:
        """Move every pixel once and return them (Jy/pixel), flat or as an image, not to be kept."""


@dataclass(frozen=True, eq=False)
class SinglePixels:
    """Every pixel in turn given all others, from a dense Gram matrix: ``n^2`` a sweep, any normal equations.

    Parameters
    ----------
    gram : ndarray, shape (n, n)
        1/Jy^2.
    dirty : ndarray, shape (n,)
        1/Jy.
    image : ndarray, shape (n,)
        Where it begins, Jy/pixel; changed in place.
    positive : bool
        Exponential prior, else Laplace.
    """

    gram: Floats
    dirty: Floats
    image: Floats
    positive: bool

    @classmethod
    def of(cls, equations: NormalEquations, start: Solution) -> Self:
        """Begin at a solution."""
        every = np.arange(equations.grid.size)
        positive = isinstance(start.prior, PositiveLaplace)
        return cls(equations.gram(every, every), equations.dirty.ravel(), start.image.ravel().copy(), positive)

    @property
    def name(self) -> str:
        """For labels."""
        return "Gibbs sweeps of single pixels"

    def relaxation(self, rate: float) -> float:
        """Return ``max diag(G) / lambda^2``: a pixel that its neighbours hold moves by their noise alone."""
        return max(float(self.gram.diagonal().max()) / rate**2, 1.0)

    def sweep(self, rate: float, rng: np.random.Generator) -> Floats:
        """Draw every pixel."""
        x = self.image
        gradient, log_uniform = self.dirty - self.gram @ x, -rng.standard_exponential(x.size)
        sides = rng.random(x.size)
        for j in range(x.size):
            precision = self.gram[j, j]
            linear = gradient[j] + precision * x[j]
            sign = 1.0 if self.positive else _side(linear, rate, precision, sides[j])
            # beyond zero on the side of the sign, mirrored to be positive
            mean, sd = (sign * linear - rate) / precision, precision**-0.5
            new = sign * max(mean - sd * ndtri_exp(log_uniform[j] + log_ndtr(mean / sd)), 0.0)
            gradient -= self.gram[j] * (new - x[j])
            x[j] = new
        return x


def _side(linear: float, rate: float, precision: float, uniform: float) -> float:
    """Draw the sign of a Laplace pixel by the masses of its two halves."""
    right, left = (linear - rate) * precision**-0.5, (-linear - rate) * precision**-0.5
    odds = 0.5 * left**2 + log_ndtr(left) - 0.5 * right**2 - log_ndtr(right)
    return 1.0 if uniform < 1 / (1 + np.exp(min(odds, 700.0))) else -1.0


@dataclass(frozen=True, eq=False)
class AllPixels:
    """All pixels at once beside an auxiliary image (:class:`ImageGibbs`): an FFT pair a sweep, coplanar data.

    Parameters
    ----------
    density : LogConcave
        Its own rate plays no part after the start.
    state : dict of ndarray
        Of the kernel; changed in place.
    """

    density: LogConcave
    state: State

    @classmethod
    def of(cls, equations: Coplanar, make: Callable[[float], Prior], start: Solution) -> Self:
        """Begin at a solution."""
        density, kernel = LogConcave(equations, make, rate=start.rate), ImageGibbs()
        image = start.image.copy()
        return cls(density, {"u": image, **kernel.fresh(kernel.at(density, start.rate), image)})

    @property
    def name(self) -> str:
        """For labels."""
        return "Gibbs sweeps with an auxiliary image"

    def relaxation(self, rate: float) -> float:
        """Return ``1 / (1 - a)`` of the overrelaxation: about ``sqrt(c) / lambda``, twice that for signed pixels."""
        kernel = ImageGibbs()
        return 1 / (1 - kernel.coefficient(kernel.at(self.density, rate)))

    def sweep(self, rate: float, rng: np.random.Generator) -> Floats:
        """Draw the auxiliary image and every pixel."""
        kernel = ImageGibbs()
        at = kernel.at(self.density, rate)
        kernel.step(self.state, at, rng, tuning=False)
        return at.image(self.state["u"])


def image_chain(problem: LambdaProblem, *, member: int) -> ImageChain:
    """Return a chain that begins at a member of the path: all pixels at once where the data are coplanar.

    Raises
    ------
    ModelError
        The prior is neither Laplace nor PositiveLaplace, a pixel is not seen at all, or there are w terms and more
        than 4096 pixels.
    """
    # before the path is solved, which takes its time
    equations, prior = problem.equations, problem.make(1.0)
    if not isinstance(prior, (Laplace, PositiveLaplace)):
        raise ModelError(f"{type(prior).__name__}: the exact samplers know Laplace and PositiveLaplace")
    if isinstance(equations, Coplanar):
        response = equations.normal.response
        _check_seen(np.full(1, equations.sum_weight) if response is None else equations.sum_weight * response**2)
        return AllPixels.of(equations, problem.make, problem.solutions[member])
    if equations.grid.size > _MOST:
        raise ModelError(
            f"{equations.grid.size} pixels and no coplanar equations: their exact sampler takes up to {_MOST}, use a "
            "smaller field, or leave the w terms out (Coplanar) where they do not matter"
        )
    chain = SinglePixels.of(equations, problem.solutions[member])
    _check_seen(chain.gram.diagonal())
    return chain


def _check_seen(precision: Floats) -> None:
    if not np.all(precision > 0):
        raise ModelError("a pixel has no response: its flux is not measured, leave it outside the grid")
