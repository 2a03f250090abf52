"""R2-D2: a prior on the share of the signal in the data, dealt out to the pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesim.priors._dims import shape_of
from bayesim.priors._numbers import check_positive

__all__ = ["R2D2"]


@dataclass(frozen=True)
class R2D2:
    """``x_j = z_j noise sqrt(phi_j R2 / (1 - R2) / 2)``, ``R2 ~ Beta``, ``phi ~ Dirichlet``, ``z ~ Laplace(0, 1)``.

    The variance of ``z`` is 2, so the expected power of a visibility, ``sum_j E x_j^2``, is
    ``noise^2 R2 / (1 - R2)``: ``R2`` is the share of the signal in the mean square of the visibilities.

    Parameters
    ----------
    noise : float or PyMC variable
        Root mean square of the noise of one complex visibility in Jy: ``sqrt(2)`` times sigma of a real component.
    mean : float
        Prior mean of ``R2``, in (0, 1).
    precision : float
        Sum of the two parameters of the Beta distribution: 2 with mean 0.5 is uniform.
    concentration : float
        Of the Dirichlet: the smaller below 1, the sparser.

    Raises
    ------
    ModelError
        A number is out of its range.

    Notes
    -----
    Bayesian side only: for small concentrations the density is infinite at the empty sky. Pixels are of either sign.

    References
    ----------
    Zhang, Naughton, Bondell & Reich 2022 (JASA 117, 862), equations 4-7.
    """

    noise: Any
    mean: float = 0.5
    precision: float = 2.0
    concentration: float = 0.5

    def __post_init__(self) -> None:
        check_positive(noise=self.noise, mean=self.mean, precision=self.precision, concentration=self.concentration)
        check_positive(one_minus_mean=1.0 - self.mean)

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the image (Jy/pixel) to the model in context.

        The free variables are ``{name}_unit`` (z), ``{name}_share`` (phi, flat) and ``{name}_r2``.
        """
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        shape = shape_of(dims)
        unit = pm.Laplace(f"{name}_unit", mu=0.0, b=1.0, dims=dims)
        share = pm.Dirichlet(f"{name}_share", a=np.full(int(np.prod(shape)), self.concentration)).reshape(shape)
        r2 = pm.Beta(f"{name}_r2", alpha=self.mean * self.precision, beta=(1.0 - self.mean) * self.precision)
        return pm.Deterministic(name, unit * self.noise * pt.sqrt(0.5 * share * r2 / (1.0 - r2)), dims=dims)
