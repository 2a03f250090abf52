"""A start in the coordinates of the sampler: unconstrained, flat, jittered by the seed of the chain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers.start import Start

__all__ = ["FirstPoint", "check_counts", "reproducible"]

Floats = NDArray[np.float64]


class FirstPoint:
    """Map from the seed of a chain to its first point.

    Parameters
    ----------
    model : pm.Model
        The model to be sampled.
    start : Start
        Values and spreads by the name of the variable.

    Raises
    ------
    ModelError
        A value names no free variable of the model, or has another shape, or its transform is not finite.
    """

    def __init__(self, model: Any, start: Start) -> None:
        # PyMC takes seconds to import, and looking at draws does not need it
        from pymc.initial_point import make_initial_point_fn

        names = {variable.name: model.rvs_to_values[variable].name for variable in model.free_RVs}
        unknown = sorted(set(start.values) - set(names))
        if unknown:
            raise ModelError(f"the start names {unknown}, which the model does not have: {sorted(names)}")
        point = make_initial_point_fn(model=model, overrides=dict(start.values), return_transformed=True)(0)
        self.jitter = start.jitter
        self.values = {value: np.asarray(point[value], dtype=np.float64) for value in names.values()}
        self.spread = {
            value: np.broadcast_to(start.spread.get(name, 1.0), self.values[value].shape)
            for name, value in names.items()
        }
        for name, value in names.items():
            if not np.isfinite(self.values[value]).all():
                raise ModelError(f"the start of {name} has no finite transform: it must lie inside its support")

    @property
    def centre(self) -> Floats:
        """The point without jitter as one vector, in the order of the model's variables."""
        return np.concatenate([value.ravel() for value in self.values.values()])

    def point(self, seed: int) -> dict[str, Floats]:
        """Return the first point of one chain by the name of the unconstrained variable."""
        rng = np.random.default_rng(seed)
        return {
            name: value + self.jitter * self.spread[name] * rng.standard_normal(value.shape)
            for name, value in self.values.items()
        }

    def flat(self, seed: int) -> Floats:
        """Return the first point of one chain as one vector, in the order of the model's variables."""
        return np.concatenate([value.ravel() for value in self.point(seed).values()])

    def variance(self) -> Floats:
        """Return the diagonal of the inverse mass matrix, in the order of the model's variables."""
        return np.concatenate([np.square(spread).ravel() for spread in self.spread.values()])


def check_counts(**counts: int) -> None:
    """Refuse a number of draws, tuning draws or chains below 1."""
    for name, number in counts.items():
        if number < 1:
            raise ModelError(f"{name} {number} must be at least 1")


@contextmanager
def reproducible() -> Iterator[None]:
    """Compile without reordering sums.

    PyTensor's numba mode lets the compiler reorder them by default, and it does so differently in code that was just
    compiled and in code from the disk cache: the same seed then gave other draws on the second run (measured).
    """
    # PyTensor takes a second to import, and looking at draws does not need it
    import pytensor

    with pytensor.config.change_flags(numba__fastmath=False):
        yield
