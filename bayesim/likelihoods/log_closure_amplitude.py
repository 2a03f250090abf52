"""Log closure amplitudes: ratios of four amplitudes from which every station's gain cancels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayesim.likelihoods._loop import Loops

__all__ = ["LogClosureAmplitude"]


@dataclass(frozen=True, eq=False)
class LogClosureAmplitude(Loops):
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

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        return (
            f"Gaussian likelihood of {len(self.data)} log closure amplitudes, with the covariance of their baselines"
        )

    @property
    def _dim(self) -> str:
        return "log_closure_amplitude"

    def _around(self, model: Any) -> Any:
        log_amplitude = 0.5 * pt.log(pt.sum(pt.sqr(model), axis=0))
        return pt.sum(self.data.sign * log_amplitude[self.data.index], axis=1)

    def _wrapped(self, value: Any) -> Any:
        return value

    def _density(self, residual: Any, sigma: Any) -> Any:
        return -0.5 * pt.sqr(residual / sigma) - pt.log(sigma) - 0.5 * np.log(2 * np.pi)
