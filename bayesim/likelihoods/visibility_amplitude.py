"""Gaussian likelihood of visibility amplitudes."""

from dataclasses import dataclass
from typing import Any

import pymc as pm
import pytensor.tensor as pt

from bayesim.likelihoods._per_baseline import OnBaselines, with_floor

__all__ = ["VisibilityAmplitude"]


@dataclass(frozen=True, eq=False)
class VisibilityAmplitude(OnBaselines):
    """``A_i ~ Normal(|M_i|, (s sigma_i)^2 + (f |M_i|)^2)``, for amplitudes of some signal-to-noise ratio.

    Noise makes amplitudes too large by about ``sigma^2 / (2 A)`` (Rice), an eighth of sigma at a ratio of 4: below
    that use complex visibilities where there are any.

    Parameters
    ----------
    data : PerBaseline
        Amplitudes in the unit of the model's flux (OIFITS: VISAMP; its card AMPTYP says whether they are absolute).

    Raises
    ------
    ModelError
        There is no datum.
    """

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        return f"Gaussian likelihood of {len(self.data)} visibility amplitudes, errors taken as independent"

    @property
    def _dim(self) -> str:
        return "visibility_amplitude"

    def observe(self, name: str, model: Any, *, noise_scale: Any = 1.0, floor: Any = 0.0) -> Any:
        """Add the observed amplitudes to the model in context, dims ``("visibility_amplitude",)``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, n)
            Real and imaginary parts of the model visibilities, nowhere exactly zero.
        noise_scale : number or PyMC variable
            Factor ``s`` on every sigma, positive; a scalar, or of shape (n,) for one per group of data.
        floor : number or PyMC variable
            Systematic error ``f`` as a fraction of the model's amplitude, 0 or more.

        Returns
        -------
        PyMC variable
            The observed variable in the unit of the data.
        """
        squared = pt.sum(pt.sqr(model), axis=0)
        sigma = with_floor(noise_scale * self.data.sigma, floor, squared)
        return pm.Normal(name, mu=pt.sqrt(squared), sigma=sigma, observed=self.data.value, dims=(self._dim,))
