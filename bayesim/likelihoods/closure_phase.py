"""Closure phases: what is left of phases when every station's own error cancels around a triangle."""

from dataclasses import dataclass
from typing import Any

import pytensor.tensor as pt

from bayesim.likelihoods._loop import Loops
from bayesim.likelihoods._wrapped import phase_of, principal, wrapped_log_density

__all__ = ["ClosurePhase"]


@dataclass(frozen=True, eq=False)
class ClosurePhase(Loops):
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

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        errors = "with the covariance of their baselines" if self.data.correlated else "errors taken as independent"
        return f"wrapped Gaussian likelihood of {len(self.data)} closure phases, {errors}"

    @property
    def _dim(self) -> str:
        return "closure_phase"

    def _around(self, model: Any) -> Any:
        return pt.sum(self.data.sign * phase_of(model)[self.data.index], axis=1)

    def _wrapped(self, value: Any) -> Any:
        return principal(value)

    def _density(self, residual: Any, sigma: Any) -> Any:
        return wrapped_log_density(residual, sigma)
