"""Dirichlet prior: positive pixels whose sum is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesim.priors._dims import shape_of
from bayesim.priors._numbers import check_positive

__all__ = ["Simplex"]


@dataclass(frozen=True)
class Simplex:
    """``x = total s`` with ``s ~ Dirichlet(concentration, ..., concentration)`` on the simplex of all pixels.

    Parameters
    ----------
    concentration : float or PyMC variable
        1: every image of this flux is as likely as any other. Below 1: few bright pixels. Large: a flat image.
    total : float or PyMC variable
        Sum of the pixels in Jy; 1 for a shape to be scaled (:class:`bayesim.priors.TotalFlux`).

    Raises
    ------
    ModelError
        Concentration or total is not positive and finite.

    Notes
    -----
    With ``total ~ Gamma(n concentration, rate)`` the pixels are independent ``Gamma(concentration, rate)``: at
    concentration 1 the exponential pixels of :class:`bayesim.priors.PositiveLaplace`. Hence ``n`` such pixels fix the
    total flux to ``n / rate`` within ``n^-1/2``; a flux of its own undoes this.
    """

    concentration: Any = 1.0
    total: Any = 1.0

    def __post_init__(self) -> None:
        check_positive(concentration=self.concentration, total=self.total)

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the image (Jy/pixel) to the model in context; the free variable is ``{name}_simplex``, flat."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        shape = shape_of(dims)
        share = pm.Dirichlet(f"{name}_simplex", a=pt.as_tensor(self.concentration) * np.ones(int(np.prod(shape))))
        return pm.Deterministic(name, self.total * share.reshape(shape), dims=dims)
