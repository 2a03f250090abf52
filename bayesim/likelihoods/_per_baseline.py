"""What likelihoods of one real number per baseline share."""

from dataclasses import dataclass
from typing import Any

import pytensor.tensor as pt

from bayesim.data import PerBaseline
from bayesim.likelihoods._baselines import OneDimension

__all__ = ["OnBaselines", "with_floor"]


@dataclass(frozen=True, eq=False)
class OnBaselines(OneDimension):
    """Likelihood of one real number per baseline and channel."""

    data: PerBaseline


def with_floor(sigma: Any, floor: Any, squared_amplitude: Any) -> Any:
    """Return ``sqrt(sigma^2 + floor^2 squared_amplitude)``, smooth where the model is zero."""
    if isinstance(floor, int | float) and floor == 0:
        return sigma
    return pt.sqrt(pt.sqr(sigma) + pt.sqr(floor) * squared_amplitude)
