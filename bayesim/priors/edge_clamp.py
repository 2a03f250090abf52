"""Edge clamp: the border of the image is dark, the inside is free."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._dims import shape_of
from bayesim.priors._numbers import check_positive
from bayesim.priors._prior import fixed_rate

__all__ = ["EdgeClamp"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EdgeClamp:
    """``-log p = rate (sum over the four edges of x^2) + sum inside of x^2 / (2 level^2) + const``.

    A corner lies on two edges and counts twice.

    Parameters
    ----------
    rate : float or PyMC variable
        Strength in 1/Jy^2.
    level : float
        Standard deviation of the pixels inside, Jy/pixel. Infinite (the default): they are free, as in MPoL; this is
        a penalty but no distribution, and ``log_normaliser`` is that of the edges alone.

    Raises
    ------
    ModelError
        A number is not positive.

    References
    ----------
    MPoL's ``edge_clamp``.
    """

    rate: Any
    level: float = np.inf

    def __post_init__(self) -> None:
        check_positive(rate=self.rate)
        if not self.level > 0:
            raise ModelError(f"level {self.level} Jy/pixel must be positive, or infinite")

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the pixels (Jy/pixel) to the model in context.

        Raises
        ------
        ModelError
            The level is infinite: the pixels inside have no distribution.
        """
        if not np.isfinite(self.level):
            raise ModelError("pixels inside the edge have no distribution: give a finite level, Jy/pixel")
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        edges = _edges(shape_of(dims))
        precision = pt.switch(edges > 0, 2.0 * self.rate * edges, self.level**-2)
        return pm.Normal(name, mu=0.0, tau=precision, dims=dims)

    def value(self, x: Floats) -> float:
        """Return the penalty; 0 for pixels inside when the level is infinite."""
        return float((self._curvature(x.shape) / 2 * x**2).sum())

    def prox(self, x: Floats, step: float) -> Floats:
        """Return every pixel divided by ``1 + step curvature``."""
        return np.asarray(x / (1.0 + step * self._curvature(x.shape)))

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``1/2 sum ln(precision / 2 pi)`` over the edges, and over the inside when the level is finite."""
        edges = _edges(shape)
        counts = edges[edges > 0]
        inside = np.log(self.level**-2 / (2 * np.pi)) if np.isfinite(self.level) else 0.0
        return 0.5 * float(np.log(rate * counts / np.pi).sum() + inside * (edges.size - counts.size))

    def _curvature(self, shape: tuple[int, ...]) -> Floats:
        edges = _edges(shape)
        return np.where(edges > 0, 2.0 * fixed_rate(self) * edges, self.level**-2)


def _edges(shape: tuple[int, ...]) -> Floats:
    """Return on how many of the four edges every pixel lies."""
    rows, columns = (np.zeros(n) for n in shape)
    for axis in (rows, columns):
        axis[0] += 1
        axis[-1] += 1
    return rows[:, None] + columns[None, :]
