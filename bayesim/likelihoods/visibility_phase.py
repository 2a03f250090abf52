"""Wrapped Gaussian likelihood of visibility phases."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm

from bayesim.likelihoods._per_baseline import OnBaselines
from bayesim.likelihoods._wrapped import phase_of, principal, wrapped_log_density

__all__ = ["VisibilityPhase"]


@dataclass(frozen=True, eq=False)
class VisibilityPhase(OnBaselines):
    """``phi_i ~ arg M_i`` plus Gaussian noise of ``s sigma_i``, wrapped on the circle, on which it integrates to 1.

    Parameters
    ----------
    data : PerBaseline
        Phases in radians (OIFITS: VISPHI; its card PHITYP says whether they are absolute or against other channels,
        and only absolute ones are those of a sky).

    Raises
    ------
    ModelError
        There is no datum.
    """

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        return f"wrapped Gaussian likelihood of {len(self.data)} visibility phases, errors taken as independent"

    @property
    def _dim(self) -> str:
        return "visibility_phase"

    def observe(self, name: str, model: Any, *, noise_scale: Any = 1.0) -> Any:
        """Add the observed phases to the model in context, dims ``("visibility_phase",)``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, n)
            Real and imaginary parts of the model visibilities, nowhere exactly zero.
        noise_scale : number or PyMC variable
            Factor ``s`` on every sigma, positive; a scalar, or of shape (n,) for one per group of data.

        Returns
        -------
        PyMC variable
            The observed variable in radians, drawn within half a turn of zero.
        """
        return pm.CustomDist(
            name,
            phase_of(model),
            noise_scale * self.data.sigma,
            logp=_log_density,
            random=_draw,
            observed=self.data.value,
            dims=(self._dim,),
        )


def _log_density(value: Any, mean: Any, sigma: Any) -> Any:
    return wrapped_log_density(value - mean, sigma)


def _draw(mean: Any, sigma: Any, rng: Any = None, size: Any = None) -> Any:
    shape = np.broadcast_shapes(np.shape(mean), np.shape(sigma)) if size is None else size
    return principal(mean + sigma * rng.standard_normal(shape))
