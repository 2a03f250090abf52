"""Gaussian likelihood of model visibilities, wherever they come from: parametric sources, an image, or their sum."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayesim.data import Visibilities
from bayesim.likelihoods._baselines import shared_baselines
from bayesim.likelihoods._per_baseline import with_floor

__all__ = ["ComplexGaussian"]


@dataclass(frozen=True, eq=False)
class ComplexGaussian:
    """``log L = -sum_i ln(2 pi t_i^2) - 1/2 sum_i |V_i - M_i|^2 / t_i^2``, one observed value per real component.

    ``t_i^2 = (s_i sigma_i)^2 + (f |M_i|)^2``, ``sigma_i^2 = 1/weight_i``: a noise scale ``s`` for all visibilities or
    for groups of them (a group of ``N_g`` has ``-2 N_g ln s_g``, two real components each), and a systematic error as
    a fraction of the model, as errors of calibration are (about one per cent in Event Horizon Telescope
    Collaboration 2019, ApJL 875, L4).

    Parameters
    ----------
    vis : Visibilities
        Data.

    Examples
    --------
    ``likelihood.observe("visibilities", (disk + companion).visibility(*likelihood.baselines))``

    With one scale per spectral window, ``groups = by_spectral_window(vis, gap=1e8)`` and coordinates
    ``likelihood.coords | {"window": groups.labels}``:
    ``scale = pm.LogNormal("noise_scale", 0.0, 0.7, dims="window")``, then ``noise_scale=groups.of(scale)``.
    """

    vis: Visibilities

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``component``, ``visibility``."""
        return {"component": ["real", "imag"], "visibility": np.arange(len(self.vis))}

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        return f"Gaussian likelihood of {len(self.vis)} visibilities"

    @cached_property
    def baselines(self) -> tuple[Any, ...]:
        """``u``, ``v``, ``w`` in wavelengths as PyTensor variables, shape (n,) each."""
        return shared_baselines(self.vis, "u", "v", "w")

    def observe(self, name: str, model: Any, *, noise_scale: Any | None = None, floor: Any = 0.0) -> Any:
        """Add the observed visibilities to the model in context, dims ``("component", "visibility")``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, n)
            Real and imaginary parts of the model visibilities in Jy.
        noise_scale : PyMC variable, optional
            Factor ``s`` on every sigma, positive: a scalar, or of shape (n,) for one per group
            (:meth:`bayesim.data.Groups.of`) or per station (:meth:`bayesim.data.StationPairs.product`).
        floor : number or PyMC variable
            Systematic error ``f`` of each real component as a fraction of ``|M|``, 0 or more; a scalar or shape (n,).

        Returns
        -------
        PyMC variable
            The observed variable (real parts, imaginary parts) in Jy.
        """
        sigma = np.broadcast_to(self.vis.weight**-0.5, (2, len(self.vis)))
        scaled = sigma if noise_scale is None else noise_scale * sigma
        return pm.Normal(
            name,
            mu=model,
            sigma=with_floor(scaled, floor, pt.sum(pt.sqr(model), axis=0)),
            observed=np.stack([self.vis.data.real, self.vis.data.imag]),
            dims=("component", "visibility"),
        )
