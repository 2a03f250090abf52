"""Student-t likelihood of complex visibilities: a few wild ones do not pull the sky."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayesim.data import Visibilities
from bayesim.likelihoods.complex_gaussian import ComplexGaussian

__all__ = ["StudentT"]


@dataclass(frozen=True, eq=False)
class StudentT:
    r"""Two-dimensional Student-t: ``p(V) = w / (2 pi s^2) (1 + w |V - M|^2 / (nu s^2))^(-1 - nu/2)``.

    Real and imaginary part share their scale, so that the density does not depend on the phase of the error and an
    outlier is one in both. As ``nu`` grows it becomes the Gaussian; below 4 or so tails are heavy.

    Parameters
    ----------
    vis : Visibilities
        Data.
    """

    vis: Visibilities

    @cached_property
    def _gaussian(self) -> ComplexGaussian:
        return ComplexGaussian(self.vis)

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``component``, ``visibility``."""
        return self._gaussian.coords

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        return f"Student-t likelihood of {len(self.vis)} complex visibilities"

    @property
    def baselines(self) -> tuple[Any, ...]:
        """``u``, ``v``, ``w`` in wavelengths as PyTensor variables, shape (n,) each."""
        return self._gaussian.baselines

    def observe(self, name: str, model: Any, *, degrees_of_freedom: Any, noise_scale: Any = 1.0) -> Any:
        """Add the observed visibilities to the model in context, dims ``("component", "visibility")``.

        Parameters
        ----------
        name : str
            Name of the observed variable; its two components have half of their visibility's log-density each.
        model : PyTensor variable, shape (2, n)
            Real and imaginary parts of the model visibilities in Jy.
        degrees_of_freedom : number or PyMC variable
            ``nu``, positive.
        noise_scale : number or PyMC variable
            Factor on every sigma, positive: a scalar, or of shape (n,) for one per group.

        Returns
        -------
        PyMC variable
            The observed variable (real parts, imaginary parts) in Jy.
        """
        sigma = np.broadcast_to(self.vis.weight**-0.5, (2, len(self.vis)))
        return pm.CustomDist(
            name,
            model,
            noise_scale * sigma,
            degrees_of_freedom,
            logp=_log_density,
            random=_draw,
            observed=np.stack([self.vis.data.real, self.vis.data.imag]),
            dims=("component", "visibility"),
        )


def _log_density(value: Any, mean: Any, sigma: Any, nu: Any) -> Any:
    pull = pt.sum(pt.sqr((value - mean) / sigma), axis=0)
    joint = -2.0 * pt.log(sigma[0]) - np.log(2 * np.pi) - (1.0 + 0.5 * nu) * pt.log1p(pull / nu)
    return 0.5 * pt.stack([joint, joint])


def _draw(mean: Any, sigma: Any, nu: Any, rng: Any = None, size: Any = None) -> Any:
    shape = np.broadcast_shapes(*map(np.shape, (mean, sigma, nu))) if size is None else size
    # one factor for the two components of a visibility
    wide = rng.chisquare(np.max(nu), size=(*shape[:-2], 1, shape[-1])) / np.max(nu)
    return mean + sigma * rng.standard_normal(shape) / np.sqrt(wide)
