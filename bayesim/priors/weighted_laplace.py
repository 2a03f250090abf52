"""Weighted Laplace prior: every pixel has its own rate, the penalty of the re-weighted LASSO."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._prior import fixed_rate

__all__ = ["WeightedLaplace"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WeightedLaplace:
    """``p(x) = prod_j (rate w_j / 2) exp(-rate w_j |x_j|)``.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    weight : ndarray
        ``w``, positive, dimensionless, of the image's shape: large where flux is unlikely.

    Raises
    ------
    ModelError
        A weight is not positive and finite: an unpenalised pixel has no normalised prior. (MPoL's ``mask`` of the
        sparsity loss is the limit of small weights.)

    References
    ----------
    Candes, Wakin & Boyd 2008 (J. Fourier Anal. Appl. 14, 877), re-weighted l1.
    """

    rate: Any
    weight: Floats

    def __post_init__(self) -> None:
        weight = np.array(self.weight, dtype=np.float64)
        bad = np.count_nonzero(~(np.isfinite(weight) & (weight > 0)))
        if bad:
            raise ModelError(f"{bad} of {weight.size} weights are not positive and finite: give small ones instead")
        weight.setflags(write=False)
        object.__setattr__(self, "weight", weight)

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add Laplace pixels of different width (Jy/pixel) to the model in context."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        return pm.Laplace(name, mu=0.0, b=1.0 / (self.rate * self.weight), dims=dims)

    def value(self, x: Floats) -> float:
        """Return ``rate * sum w |x|``."""
        return fixed_rate(self) * float((self._like(x) * np.abs(x)).sum())

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the soft threshold of every pixel at ``rate * w * step``."""
        return np.asarray(np.sign(x) * np.maximum(np.abs(x) - fixed_rate(self) * step * self._like(x), 0.0))

    def certificate(self, gradient: Floats) -> Floats:
        """Return ``|gradient| / (rate w)``."""
        return np.asarray(np.abs(gradient) / (fixed_rate(self) * self._like(gradient)))

    def lambda_max(self, gradient: Floats) -> float:
        """Return ``max |gradient| / w``."""
        return float((np.abs(gradient) / self._like(gradient)).max())

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``sum log(rate w / 2)``; the shape is the weight's."""
        if shape != self.weight.shape:
            raise ModelError(f"an image of shape {shape} does not fit weights of shape {self.weight.shape}")
        return float(np.log(rate / 2 * self.weight).sum())

    def _like(self, x: Floats) -> Floats:
        if x.size != self.weight.size:
            raise ModelError(f"an image of shape {x.shape} does not fit weights of shape {self.weight.shape}")
        return self.weight.reshape(x.shape)
