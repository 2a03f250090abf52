"""When a CLEAN ends."""

from dataclasses import dataclass

import numpy as np

from bayesim.errors import ModelError

__all__ = ["Stopping"]


@dataclass(frozen=True)
class Stopping:
    """When a CLEAN ends.

    Parameters
    ----------
    sigmas : float
        Threshold in units of the residual's own noise (median absolute deviation), measured anew in every cycle.
    flux : float
        Threshold in Jy per dirty beam; the higher of the two counts.
    max_iterations : int
        Most minor iterations.
    max_cycles : int
        Most major cycles.

    Raises
    ------
    ModelError
        A threshold is negative or not finite, or a bound is below 1.
    """

    sigmas: float = 3.0
    flux: float = 0.0
    max_iterations: int = 1_000_000
    max_cycles: int = 50

    def __post_init__(self) -> None:
        for name in ("sigmas", "flux"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise ModelError(f"threshold {name}={value} must be finite and not negative")
        for name in ("max_iterations", "max_cycles"):
            if getattr(self, name) < 1:
                raise ModelError(f"{name}={getattr(self, name)} must be at least 1")
