"""Starlet Laplace prior (analysis form): wavelet coefficients of the image are sparse on every scale."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._differences import checked_level, constant_conjugate, shape_of
from bayesim.priors._dual_prox import dual_bound, dual_prox
from bayesim.priors._fourier import both_axes, cosine
from bayesim.priors._prior import fixed_rate
from bayesim.priors._starlet import Starlet, noise_of_scales, smoothings

__all__ = ["StarletLaplace"]

Floats = NDArray[np.float64]

_PRECISION = 1e-13
"""Duality gap of the prox relative to its objective."""

_MOST = 200_000


@dataclass(frozen=True)
class StarletLaplace:
    """``p(x)`` proportional to ``rate^(n-1) exp(-rate sum_j s_j ||d_j||_1 - mean(x)^2 / (2 level^2))``.

    ``d_j = c_(j-1) - c_j`` are the details of the starlet, the isotropic undecimated wavelet transform of the image
    ``c_0``; ``c_j`` is ``c_(j-1)`` smoothed by a B3 spline dilated by ``2^(j-1)``, borders mirrored. This is the
    *analysis* form: the image is the free variable and its coefficients are computed. The synthesis form, whose free
    variables are the coefficients, is :class:`bayesim.priors.SynthesisPrior` with :func:`bayesim.operators.starlet`.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    level : float
        Standard deviation of the image's mean in Jy/pixel, which details do not see; ``inf`` leaves it free, which is
        a penalty and no prior.
    levels : int
        Number of scales; the coarsest is about ``2^levels`` pixels wide. What is coarser costs little.

    Raises
    ------
    ModelError
        There is no scale, the level is not positive, or is infinite where a density is asked for.

    Notes
    -----
    ``s_j`` is the standard deviation of ``d_j`` of unit white noise (0.891, 0.201, 0.086, ...). Every scale keeps all
    pixels, ``1/s_j^2`` times as many as are independent; with this weight it counts for those that are, and the
    proximal threshold of ``d_j`` is the same number of its standard deviations on every scale.
    The penalty is homogeneous of degree 1 in the n - 1 directions that are not constant, which gives the power of the
    rate; the rest of the normaliser depends on shape and levels alone and is left out. Both signs are allowed.

    References
    ----------
    Starck, Fadili & Murtagh 2007 (IEEE TIP 16, 297), the transform; Elad, Milanfar & Rubinstein 2007 (Inverse
    Problems 23, 947), analysis against synthesis.
    """

    rate: Any
    level: float = float("inf")
    levels: int = 4

    def __post_init__(self) -> None:
        checked_level(self.level)
        if self.levels < 1:
            raise ModelError(f"levels {self.levels} must be at least 1")

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

        shape, level, weights = shape_of(pm.modelcontext(None), dims, self.level), self.level, self._weights
        # a product of matrices per scale stays in compiled code and can be differentiated
        rows, columns = (_smoothing_matrices(n, self.levels) for n in shape)

        def logp(x: Any, rate: Any, _: Any) -> Any:
            smooth = [x, *(both_axes(left, x, right) for left, right in zip(rows, columns, strict=True))]
            details = [fine - coarse for fine, coarse in pairwise(smooth)]
            total = sum(weight * pt.sum(pt.abs(plane)) for weight, plane in zip(weights, details, strict=True))
            normaliser = (x.size - 1) * pt.log(rate) + self.log_normaliser(1.0, shape)
            return normaliser - rate * total - pt.sqr(pt.mean(x)) / (2 * level**2)

        coordinates = {} if noise is None else {"transform": DeviationUnits(noise)}
        # the centre of the field, zero, is passed only because PyMC reads the shape from it
        return pm.CustomDist(
            name, self.rate, np.zeros(shape), logp=logp, dims=dims, signature="(),(m,n)->(m,n)",
            class_name="StarletLaplace", **coordinates,
        )  # fmt: skip

    def value(self, x: Floats) -> float:
        """Return ``rate sum_j s_j ||d_j||_1 + mean(x)^2 / (2 level^2)``."""
        total = float(np.abs(self._analysis(x.shape).features(x)).sum())
        return fixed_rate(self) * total + 0.5 * float(x.mean() / self.level) ** 2

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the minimiser, to a duality gap of 1e-13 of its objective."""
        return self.prox_from(x, step, np.zeros((self.planes, *x.shape)), precision=_PRECISION, most=_MOST)[0]

    @property
    def planes(self) -> int:
        """Planes of the dual field: one for every scale."""
        return self.levels

    def prox_from(
        self, x: Floats, step: float, dual: Floats, *, precision: float, most: int
    ) -> tuple[Floats, Floats]:
        """Return the prox and its dual field ``p`` (|p| <= 1), starting from a dual field."""
        t = step * fixed_rate(self)
        z, p = dual_prox(x, t, dual, self._analysis(x.shape), precision=precision, most=most)
        # the constant is untouched by details; its own term is a Gaussian
        return np.asarray(z - z.mean() * (1 - 1 / (1 + step / x.size / self.level**2))), p

    def dual_bound(self, gradient: Floats, dual: Floats) -> tuple[float, float, Floats]:
        """Return what a duality gap needs of the penalty's conjugate, as TotalVariation; the largest over scales."""
        bound = dual_bound(gradient / fixed_rate(self), dual, self._analysis(gradient.shape))
        return bound.scale, constant_conjugate(bound.scale * gradient, self.level), bound.sizes.max(axis=0)

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``(n - 1) log(rate)`` and the Gaussian's share, up to a constant of shape and levels alone."""
        if not np.isfinite(self.level):
            raise ModelError("an infinite level is an improper prior: it has no normaliser")
        size = int(np.prod(shape))
        return (size - 1) * float(np.log(rate)) - 0.5 * float(np.log(2 * np.pi * size * self.level**2))

    @property
    def _weights(self) -> tuple[float, ...]:
        return noise_of_scales(self.levels)

    def _analysis(self, shape: tuple[int, ...]) -> Starlet:
        return _analysis(shape, self._weights)


@lru_cache(maxsize=8)
def _analysis(shape: tuple[int, ...], weights: tuple[float, ...]) -> Starlet:
    rows, columns = shape
    return Starlet((rows, columns), weights)


def _smoothing_matrices(n: int, levels: int) -> list[Floats]:
    basis = cosine(n)
    return [basis.T @ (factor[:, None] * basis) for factor in smoothings(n, levels)[1:]]
