"""Baselines of the data as variables of the graph, and what likelihoods of numbers made from them share."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytensor

from bayesim.data import Closures, PerBaseline
from bayesim.errors import ModelError

__all__ = ["OneDimension", "shared_baselines"]


def shared_baselines(data: Any, *names: str) -> tuple[Any, ...]:
    """Return attributes of the data (``u``, ``v``, ``w`` in wavelengths) as PyTensor variables, shape (n,) each."""
    # shared, not constant: large constants would be written into the compiled code
    return tuple(pytensor.shared(getattr(data, name), name=name, borrow=True) for name in names)


@dataclass(frozen=True, eq=False)
class OneDimension(ABC):
    """Likelihood of a list of real numbers, each made from the visibilities of one baseline or several."""

    data: Closures | PerBaseline

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
        """``u``, ``v`` in wavelengths as PyTensor variables, shape (k,) each."""
        return shared_baselines(self.data, "u", "v")
