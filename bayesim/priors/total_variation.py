"""Total variation (isotropic): piecewise constant images, the l1 norm of the gradient."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._differences import (
    checked_level,
    constant_conjugate,
    differences,
    eigenvalues,
    gathered,
    shape_of,
    solved,
)
from bayesim.priors._dual_prox import dual_bound, dual_prox
from bayesim.priors._prior import fixed_rate

__all__ = ["TotalVariation"]

Floats = NDArray[np.float64]

SMOOTHING = 1e-10
"""Added to the squared differences in units of ``1/rate``, so that the density has a gradient everywhere.

MPoL adds it in its image's own units; in units of the rate the density stays a function of ``rate * x`` alone. The
last pixel has no neighbours and is always flat: what the smoothing makes it cost is subtracted.
"""

_PRECISION = 1e-13
"""Duality gap of the prox relative to its objective."""

_MOST = 200_000


@dataclass(frozen=True)
class TotalVariation:
    """``p(x)`` proportional to ``rate^(n-1) exp(-rate sum |D x| - mean(x)^2 / (2 level^2))``.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    level : float
        Standard deviation of the image's mean in Jy/pixel; ``inf`` leaves it free, which is a penalty and no prior.

    Raises
    ------
    ModelError
        The level is not positive, or is infinite where a density is asked for.

    Notes
    -----
    ``|D x| = sqrt(dl^2 + dm^2)`` in every pixel, differences to the next row and column, none beyond the edge (Rudin,
    Osher & Fatemi 1992; Chambolle 2004). MPoL's TV_image leaves out the last row and column; the two agree where
    these are empty. The penalty is homogeneous of degree 1 in the n - 1 directions that are not constant: this
    gives the power of the rate; the rest of the normaliser depends on the shape alone and is left out. Both signs are
    allowed: positivity together with ``level`` would break the power.
    """

    rate: Any
    level: float = float("inf")

    def __post_init__(self) -> None:
        checked_level(self.level)

    def variable(self, name: str, *, dims: tuple[str, ...], noise: float | None = None) -> Any:
        """Add the density to the model in context, dims (rows, columns). It has no draws of its own: sample it.

        ``noise`` (Jy, positive) is the error of a pixel that data leave, within a factor of a few. It changes no
        density: deviations from the mean are sampled in units of ``(rate^2 + 1/noise^2)^(-1/2)``, the mean in units
        of ``noise``, without the funnel in which pixels shrink as an inferred rate grows.
        """
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        from bayesim.priors._deviation_units import DeviationUnits

        shape, level = shape_of(pm.modelcontext(None), dims, self.level), self.level

        def logp(x: Any, rate: Any, _: Any) -> Any:
            down = pt.concatenate([x[1:] - x[:-1], pt.zeros((1, shape[1]))], axis=0)
            along = pt.concatenate([x[:, 1:] - x[:, :-1], pt.zeros((shape[0], 1))], axis=1)
            steps = pt.sqrt(pt.sqr(rate) * (pt.sqr(down) + pt.sqr(along)) + SMOOTHING)
            normaliser = (x.size - 1) * pt.log(rate) + self.log_normaliser(1.0, shape)
            return normaliser - (pt.sum(steps) - SMOOTHING**0.5) - pt.sqr(pt.mean(x)) / (2 * level**2)

        coordinates = {} if noise is None else {"transform": DeviationUnits(noise)}
        # the centre of the field, zero, is passed only because PyMC reads the shape from it
        return pm.CustomDist(
            name, self.rate, np.zeros(shape), logp=logp, dims=dims, signature="(),(m,n)->(m,n)",
            class_name="TotalVariation", **coordinates,
        )  # fmt: skip

    def value(self, x: Floats) -> float:
        """Return ``rate sum |D x| + mean(x)^2 / (2 level^2)``."""
        return fixed_rate(self) * _total(x) + 0.5 * float(x.mean() / self.level) ** 2

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the minimiser, to a duality gap of 1e-13 of its objective."""
        return self.prox_from(x, step, np.zeros((self.planes, *x.shape)), precision=_PRECISION, most=_MOST)[0]

    @property
    def planes(self) -> int:
        """Planes of the dual field: rows and columns."""
        return 2

    def prox_from(
        self, x: Floats, step: float, dual: Floats, *, precision: float, most: int
    ) -> tuple[Floats, Floats]:
        """Return the prox and its dual field ``p`` (|p| <= 1), starting from a dual field."""
        z, p = dual_prox(x, step * fixed_rate(self), dual, _GRADIENT, precision=precision, most=most)
        # the constant is untouched by differences; its own term is a Gaussian
        return np.asarray(z - z.mean() * (1 - 1 / (1 + step / x.size / self.level**2))), p

    def dual_bound(self, gradient: Floats, dual: Floats) -> tuple[float, float, Floats]:
        """Return what a duality gap needs of the penalty's conjugate.

        Parameters
        ----------
        gradient : ndarray, shape (rows, columns)
            ``A^T W r`` of a dual point ``r``; its sum must vanish where the level is infinite.
        dual : ndarray, shape (2, rows, columns)
            Field of the last prox.

        Returns
        -------
        scale, conjugate : float
            ``conjugate`` is that of ``scale * gradient``, finite.
        certificate : ndarray, shape (rows, columns)
            Size of a field ``p`` with ``rate D'p = gradient - mean``, close to ``dual``; ``scale`` brings it to 1.
        """
        bound = dual_bound(gradient / fixed_rate(self), dual, _GRADIENT)
        return bound.scale, constant_conjugate(bound.scale * gradient, self.level), bound.sizes

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``(n - 1) log(rate)`` and the Gaussian's share, up to a constant of the shape alone."""
        if not np.isfinite(self.level):
            raise ModelError("an infinite level is an improper prior: it has no normaliser")
        size = int(np.prod(shape))
        return (size - 1) * float(np.log(rate)) - 0.5 * float(np.log(2 * np.pi * size * self.level**2))


class _Gradient:
    """Differences to the next row and column, the length of each pair counting once."""

    bound = 8.0

    def features(self, x: Floats) -> Floats:
        return differences(x)

    def gathered(self, field: Floats) -> Floats:
        return gathered(field)

    def sizes(self, field: Floats) -> Floats:
        return np.asarray(np.sqrt(field[0] ** 2 + field[1] ** 2))

    def projected(self, field: Floats) -> Floats:
        return np.asarray(field / np.maximum(1.0, self.sizes(field)))

    def inverse(self, image: Floats) -> Floats:
        spectrum = eigenvalues(image.shape)
        spectrum[0, 0] = np.inf
        return solved(image, spectrum)


_GRADIENT = _Gradient()


def _total(x: Floats) -> float:
    return float(_GRADIENT.sizes(differences(x)).sum())
