"""Closure phases: what is left of phases when every station's own error cancels around a triangle."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from bayesim.data import Closures
from bayesim.errors import ModelError
from bayesim.likelihoods._loop import coloured, phase, unexpected

__all__ = ["ClosurePhase"]

TURNS = 3
"""Whole turns to either side over which the wrapped density is summed: enough for a sigma of three radians."""


@dataclass(frozen=True, eq=False)
class ClosurePhase:
    """Wrapped Gaussian: a phase and the same phase after a turn are one; the density integrates to 1 on the circle.

    Closures that share baselines share noise (Blackburn et al. 2020, ApJ 894, 31): each has its own density given
    those before it, from the Cholesky factor of their covariance. For errors small beside a turn that is the
    multivariate Gaussian; for any error the product is normalised, so that a noise scale may be inferred.

    Parameters
    ----------
    data : Closures
        Closure phases in radians.

    Raises
    ------
    ModelError
        There is no datum.
    """

    data: Closures

    def __post_init__(self) -> None:
        if not len(self.data):
            raise ModelError(f"there are no closure phases: {dict(self.data.account.dropped)} were left out")

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``closure_phase``."""
        return {"closure_phase": np.arange(len(self.data))}

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        errors = "with the covariance of their baselines" if self.data.correlated else "errors taken as independent"
        return f"wrapped Gaussian likelihood of {len(self.data)} closure phases, {errors}"

    @cached_property
    def baselines(self) -> tuple[Any, Any]:
        """``u``, ``v`` in wavelengths as PyTensor variables, shape (k,) each: the baselines of all triangles."""
        # shared, not constant: large constants would be written into the compiled code
        return tuple(pytensor.shared(getattr(self.data, name), name=name, borrow=True) for name in ("u", "v"))

    def observe(self, name: str, model: Any, *, noise_scale: Any = 1.0) -> Any:
        """Add the observed closure phases to the model in context, dims ``("closure_phase",)``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, k)
            Real and imaginary parts of the model visibilities at :attr:`baselines`, nowhere exactly zero.
        noise_scale : number or PyMC variable
            Factor on every sigma, positive.

        Returns
        -------
        PyMC variable
            The observed variable in radians.
        """
        return pm.CustomDist(
            name,
            phase(self.data, model),
            noise_scale,
            logp=self._log_density,
            random=self._draw,
            observed=self.data.value,
            dims=("closure_phase",),
        )

    def _log_density(self, value: Any, mean: Any, scale: Any) -> Any:
        rest, sigma = unexpected(self.data, _principal(value - mean))
        sigma = scale * sigma
        turns = 2 * np.pi * np.arange(-TURNS, TURNS + 1)
        pulls = (_principal(rest)[:, None] + turns) / pt.shape_padright(sigma)
        return pt.logsumexp(-0.5 * pt.sqr(pulls), axis=1) - pt.log(sigma) - 0.5 * np.log(2 * np.pi)

    def _draw(self, mean: Any, scale: Any, rng: Any = None, size: Any = None) -> Any:
        shape = np.broadcast_shapes(np.shape(mean), np.shape(scale)) if size is None else size
        angle = mean + scale * coloured(self.data, rng.standard_normal(shape))
        return angle - 2 * np.pi * np.round(angle / (2 * np.pi))


def _principal(angle: Any) -> Any:
    """Return the angle within half a turn of zero."""
    return angle - 2 * np.pi * pt.round(angle / (2 * np.pi))
