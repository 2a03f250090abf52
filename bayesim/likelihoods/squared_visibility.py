"""Squared visibilities, as optical interferometers measure them: blind to phase, with errors of their own."""

from dataclasses import dataclass
from typing import Any

import pymc as pm
import pytensor.tensor as pt

from bayesim.likelihoods._per_baseline import OnBaselines, with_floor

__all__ = ["SquaredVisibility"]


@dataclass(frozen=True, eq=False)
class SquaredVisibility(OnBaselines):
    """``V2_i ~ Normal(|M_i|^2, (s sigma_i)^2 + (f |M_i|^2)^2)``.

    Parameters
    ----------
    data : PerBaseline
        Squared visibilities, dimensionless: the model's flux is 1 at zero baseline if nothing is resolved out.

    Raises
    ------
    ModelError
        There is no datum.

    Examples
    --------
    ``likelihood.observe("v2", UniformDisk(1.0, diameter).visibility(*likelihood.baselines), noise_scale=scale)``
    """

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        return f"Gaussian likelihood of {len(self.data)} squared visibilities, errors taken as independent"

    @property
    def _dim(self) -> str:
        return "squared_visibility"

    def observe(self, name: str, model: Any, *, noise_scale: Any | None = None, floor: Any = 0.0) -> Any:
        """Add the observed squared visibilities to the model in context, dims ``("squared_visibility",)``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, n)
            Real and imaginary parts of the model visibilities.
        noise_scale : PyMC variable, optional
            Factor ``s`` on every sigma, positive; a scalar, or of shape (n,) for one per group of data.
        floor : number or PyMC variable
            Systematic error ``f`` as a fraction of the model's value, 0 or more.

        Returns
        -------
        PyMC variable
            The observed variable, dimensionless.
        """
        mean = pt.sum(pt.sqr(model), axis=0)
        sigma = with_floor(
            self.data.sigma if noise_scale is None else noise_scale * self.data.sigma, floor, pt.sqr(mean)
        )
        return pm.Normal(name, mu=mean, sigma=sigma, observed=self.data.value, dims=("squared_visibility",))
