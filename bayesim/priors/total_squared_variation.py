"""Total squared variation: a Gaussian prior of the differences between neighbouring pixels."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.priors._differences import checked_level, constant_conjugate, differences, eigenvalues, shape_of, solved
from bayesim.priors._prior import fixed_rate

__all__ = ["TotalSquaredVariation"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TotalSquaredVariation:
    """``p(x)`` proportional to ``exp(-rate sum |D x|^2 - mean(x)^2 / (2 level^2))``.

    Parameters
    ----------
    rate : float or PyMC variable
        In 1/Jy^2 (Jy in a pixel).
    level : float
        Standard deviation of the image's mean in Jy/pixel. Differences do not see the mean, so without it (``inf``)
        the prior is improper: a penalty only. Positive.

    Raises
    ------
    ModelError
        The level is not positive, or is infinite where a density is asked for.

    Notes
    -----
    Both signs are allowed. The log-determinant is exact; for positive pixels it would not be (the mass of the
    positive orthant depends on ``rate * level^2``), so there is no positive form: use a log-normal field.
    """

    rate: Any
    level: float = float("inf")

    def __post_init__(self) -> None:
        checked_level(self.level)

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the Gaussian field to the model in context; dims are (rows, columns)."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        shape, level = shape_of(pm.modelcontext(None), dims, self.level), self.level
        laplacian = eigenvalues(shape)

        def logp(x: Any, rate: Any, _: Any) -> Any:
            smooth = pt.sum(pt.sqr(x[1:] - x[:-1])) + pt.sum(pt.sqr(x[:, 1:] - x[:, :-1]))
            normaliser = 0.5 * (x.size - 1) * pt.log(rate) + self.log_normaliser(1.0, shape)
            return normaliser - rate * smooth - pt.sqr(pt.mean(x)) / (2 * level**2)

        def random(rate: Any, _: Any, rng: np.random.Generator | None = None, size: Any = None) -> Floats:
            precision = _precision(laplacian, float(rate), level)
            count = () if size is None else tuple(np.atleast_1d(size))
            draws = (np.random.default_rng() if rng is None else rng).standard_normal((*count, *shape))
            images = [solved(draw, np.sqrt(precision)) for draw in draws.reshape(-1, *shape)]
            return np.array(images).reshape(draws.shape)

        # the centre of the field, zero, is passed only because PyMC reads the shape from it
        return pm.CustomDist(
            name, self.rate, np.zeros(shape), logp=logp, random=random, dims=dims, signature="(),(m,n)->(m,n)",
            class_name="TotalSquaredVariation",
        )  # fmt: skip

    def value(self, x: Floats) -> float:
        """Return ``rate sum |D x|^2 + mean(x)^2 / (2 level^2)``."""
        return fixed_rate(self) * float(np.sum(differences(x) ** 2)) + 0.5 * float(x.mean() / self.level) ** 2

    def prox(self, x: Floats, step: float) -> Floats:
        """Return ``(1 + step precision)^-1 x``, by cosine transforms."""
        return solved(x, 1 + step * _precision(eigenvalues(x.shape), fixed_rate(self), self.level))

    @property
    def planes(self) -> int:
        """Planes of the dual field, which stays as it is given: none are needed."""
        return 0

    def prox_from(
        self, x: Floats, step: float, dual: Floats, *, precision: float, most: int
    ) -> tuple[Floats, Floats]:
        """Return the prox, which needs no iteration, and the dual field as it was; as that of TotalVariation."""
        del precision, most
        return self.prox(x, step), dual

    def dual_bound(self, gradient: Floats, dual: Floats) -> tuple[float, float, Floats]:
        """Return scale 1, the penalty's conjugate at the gradient, and no certificate (zeros): all is feasible."""
        spectrum = eigenvalues(gradient.shape)
        spectrum[0, 0] = np.inf
        conjugate = float(np.vdot(gradient, solved(gradient, spectrum))) / (4 * fixed_rate(self))
        return 1.0, conjugate + constant_conjugate(gradient, self.level), np.zeros_like(gradient)

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return half the log-determinant of ``precision / 2 pi``."""
        precision = _precision(eigenvalues(shape), rate, self.level)
        return 0.5 * float(np.sum(np.log(precision / (2 * np.pi))))


def _precision(laplacian: Floats, rate: float, level: float) -> Floats:
    """Eigenvalues of the precision matrix by cosine frequency."""
    precision = 2 * rate * laplacian
    precision[0, 0] = 1 / prod(laplacian.shape) / level**2
    return precision
