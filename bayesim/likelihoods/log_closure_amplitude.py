"""Log closure amplitudes: ratios of four amplitudes from which every station's gain cancels."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from bayesim.data import Closures
from bayesim.errors import ModelError
from bayesim.likelihoods._loop import coloured, log_amplitude, unexpected

__all__ = ["LogClosureAmplitude"]


@dataclass(frozen=True, eq=False)
class LogClosureAmplitude:
    """Gaussian in ``ln |V_1 V_2 / (V_3 V_4)|`` with the covariance that common baselines make.

    Each has its own density given those before it, from the Cholesky factor (Blackburn et al. 2020, ApJ 894, 31); the
    product is the multivariate Gaussian with all its constants. Above a signal-to-noise ratio of 3 per baseline the
    logarithm is all but unbiased and its noise close to Gaussian.

    Parameters
    ----------
    data : Closures
        Log closure amplitudes, dimensionless.

    Raises
    ------
    ModelError
        There is no datum.
    """

    data: Closures

    def __post_init__(self) -> None:
        if not len(self.data):
            raise ModelError(f"there are no closure amplitudes: {dict(self.data.account.dropped)} were left out")

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``log_closure_amplitude``."""
        return {"log_closure_amplitude": np.arange(len(self.data))}

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        return (
            f"Gaussian likelihood of {len(self.data)} log closure amplitudes, with the covariance of their baselines"
        )

    @cached_property
    def baselines(self) -> tuple[Any, Any]:
        """``u``, ``v`` in wavelengths as PyTensor variables, shape (k,) each: the baselines of all quadrangles."""
        # shared, not constant: large constants would be written into the compiled code
        return tuple(pytensor.shared(getattr(self.data, name), name=name, borrow=True) for name in ("u", "v"))

    def observe(self, name: str, model: Any, *, noise_scale: Any = 1.0) -> Any:
        """Add the observed log closure amplitudes to the model in context, dims ``("log_closure_amplitude",)``.

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
            The observed variable, dimensionless.
        """
        return pm.CustomDist(
            name,
            log_amplitude(self.data, model),
            noise_scale,
            logp=self._log_density,
            random=self._draw,
            observed=self.data.value,
            dims=("log_closure_amplitude",),
        )

    def _log_density(self, value: Any, mean: Any, scale: Any) -> Any:
        rest, sigma = unexpected(self.data, value - mean)
        sigma = scale * sigma
        return -0.5 * pt.sqr(rest / sigma) - pt.log(sigma) - 0.5 * np.log(2 * np.pi)

    def _draw(self, mean: Any, scale: Any, rng: Any = None, size: Any = None) -> Any:
        shape = np.broadcast_shapes(np.shape(mean), np.shape(scale)) if size is None else size
        return mean + scale * coloured(self.data, rng.standard_normal(shape))
