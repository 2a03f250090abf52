"""Total variation along the channels of a cube: spectra that are piecewise constant."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._dims import shape_of, signature
from bayesim.priors._line_tv import denoise_lines
from bayesim.priors._numbers import check_positive
from bayesim.priors._prior import fixed_rate

__all__ = ["SpectralTV"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SpectralTV:
    """``-log p = rate sum_k |x_{k+1} - x_k| + sum_pixels mean^2 / (2 level^2) + const``, ``k`` the first axis.

    Steps between channels are independent Laplace variables and every pixel's mean over the channels is Gaussian: the
    map from a spectrum to steps and mean has determinant 1, so the normaliser is exact.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    level : float
        Standard deviation of a pixel's mean over the channels, Jy/pixel. Infinite (the default): free, as in MPoL;
        this is a penalty but no distribution, and ``log_normaliser`` is that of the steps alone.

    Raises
    ------
    ModelError
        A number is not positive.

    References
    ----------
    Event Horizon Telescope Collaboration 2019 (ApJL 875, L4); MPoL's ``TV_channel`` with ``epsilon = 0``.
    """

    rate: Any
    level: float = np.inf

    def __post_init__(self) -> None:
        check_positive(rate=self.rate)
        if not self.level > 0:
            raise ModelError(f"level {self.level} Jy/pixel must be positive, or infinite")

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the cube (Jy/pixel), dims (channel, ...), to the model in context, centred: one free variable.

        Raises
        ------
        ModelError
            The level is infinite: the means over the channels have no distribution.
        """
        if not np.isfinite(self.level):
            raise ModelError("means over the channels have no distribution: give a finite level, Jy/pixel")
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        shape = shape_of(dims)
        level = self.level

        def draw(rate: Any, size: Any) -> Any:
            steps = pm.Laplace.dist(0.0, 1.0, size=(shape[0] - 1, *shape[1:])) / rate
            spectrum = pt.concatenate([pt.zeros((1, *shape[1:])), pt.cumsum(steps, axis=0)], axis=0)
            mean = pm.Normal.dist(0.0, level, size=shape[1:])
            return spectrum - spectrum.mean(axis=0) + mean

        def logp(value: Any, rate: Any) -> Any:
            steps = pm.logp(pm.Laplace.dist(0.0, 1.0 / rate), value[1:] - value[:-1])
            means = pm.logp(pm.Normal.dist(0.0, level), value.mean(axis=0))
            return steps.sum() + means.sum()

        return pm.CustomDist(
            name,
            self.rate,
            dist=draw,
            logp=logp,
            signature=signature(1, dims),
            dims=dims,
            support_point=lambda *_: pt.zeros(shape),
        )

    def value(self, x: Floats) -> float:
        """Return the penalty of a cube, shape (channels, ...)."""
        means = 0.5 * (x.mean(axis=0) / self.level) ** 2
        return fixed_rate(self) * float(np.abs(np.diff(x, axis=0)).sum()) + float(means.sum())

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the cube with every spectrum denoised by total variation, exactly, and its mean shrunk."""
        lines = np.ascontiguousarray(x.reshape(len(x), -1).T)
        smooth = denoise_lines(lines, float(step * fixed_rate(self))).T.reshape(x.shape)
        # steps do not see the mean, and the mean does not see the steps: denoising keeps it
        mean = x.mean(axis=0)
        return np.asarray(smooth - mean + mean / (1.0 + step / (len(x) * self.level**2)))

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``steps ln(rate / 2)``, and the means' part when the level is finite."""
        pixels = int(np.prod(shape[1:]))
        means = -0.5 * np.log(2 * np.pi * self.level**2) if np.isfinite(self.level) else 0.0
        return float((shape[0] - 1) * pixels * np.log(rate / 2) + pixels * means)
