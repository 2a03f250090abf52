"""What likelihoods of one real number per baseline share."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayesim.data import PerBaseline
from bayesim.errors import ModelError
from bayesim.likelihoods._baselines import shared_baselines

__all__ = ["OnBaselines", "with_floor"]


@dataclass(frozen=True, eq=False)
class OnBaselines(ABC):
    """Likelihood of one real number per baseline and channel."""

    data: PerBaseline

    def __post_init__(self) -> None:
        if not len(self.data):
            raise ModelError(f"there is no {self._dim}: {dict(self.data.account.dropped)} were left out")

    @property
    @abstractmethod
    def _dim(self) -> str:
        """Name of the dimension of the observed variable."""

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: one dimension, named after the quantity."""
        return {self._dim: np.arange(len(self.data))}

    @cached_property
    def baselines(self) -> tuple[Any, ...]:
        """``u``, ``v`` in wavelengths as PyTensor variables, shape (n,) each."""
        return shared_baselines(self.data, "u", "v")


def with_floor(sigma: Any, floor: Any, squared_amplitude: Any) -> Any:
    """Return ``sqrt(sigma^2 + floor^2 squared_amplitude)``, smooth where the model is zero."""
    if isinstance(floor, int | float) and floor == 0:
        return sigma
    return pt.sqrt(pt.sqr(sigma) + pt.sqr(floor) * squared_amplitude)
