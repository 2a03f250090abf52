"""Gaussian likelihood of model visibilities, wherever they come from: parametric sources, an image, or their sum."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor

from bayesim.data import Visibilities

__all__ = ["ComplexGaussian"]


@dataclass(frozen=True, eq=False)
class ComplexGaussian:
    """``log L = sum_i ln(weight_i / 2 pi) - 1/2 weight_i |V_i - M_i|^2``, one observed value per real component.

    Parameters
    ----------
    vis : Visibilities
        Data.

    Examples
    --------
    ``likelihood.observe("visibilities", (disk + companion).visibility(*likelihood.baselines))``
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
    def baselines(self) -> tuple[Any, Any, Any]:
        """``u``, ``v``, ``w`` in wavelengths as PyTensor variables, shape (n,) each."""
        # shared, not constant: large constants would be written into the compiled code
        return tuple(pytensor.shared(getattr(self.vis, name), name=name, borrow=True) for name in ("u", "v", "w"))

    def observe(self, name: str, model: Any, *, noise_scale: Any | None = None) -> Any:
        """Add the observed visibilities to the model in context, dims ``("component", "visibility")``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, n)
            Real and imaginary parts of the model visibilities in Jy.
        noise_scale : PyMC variable, optional
            Factor on every sigma, positive.

        Returns
        -------
        PyMC variable
            The observed variable (real parts, imaginary parts) in Jy.
        """
        sigma = np.broadcast_to(self.vis.weight**-0.5, (2, len(self.vis)))
        return pm.Normal(
            name,
            mu=model,
            sigma=sigma if noise_scale is None else noise_scale * sigma,
            observed=np.stack([self.vis.data.real, self.vis.data.imag]),
            dims=("component", "visibility"),
        )
