"""A round source of any radial profile, given on knots."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.sources._functions import as_tensor, bessel_ratio, column, matrix_product, zeros_like
from bayesim.sources._round import radial_nodes, spread
from bayesim.sources._source import Brightness, Pair, Size, Source, count

__all__ = ["RadialProfile"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RadialProfile(Source):
    """Brightness on knots of the radius, **linear in the radius squared** between them, zero beyond the last.

    Such a profile is a sum of paraboloids, one per knot, whose Hankel transforms are closed: ``J2(x)/x^2`` (and
    ``J1(x)/x`` for the step at the last knot). It is smooth at the centre, where a profile linear in the radius has a
    cusp; a few knots further out the two cannot be told apart. A Gaussian process on the knots, as in frank (Jennings
    et al. 2020, MNRAS 495, 3209), is a prior of ``brightness``.

    Parameters
    ----------
    radius : array_like, shape (k,)
        Knots in radians: numbers, 0 first, ascending, at least 2.
    brightness : array_like or variable, shape (k,)
        Jy/sr at the knots, of the source seen face-on.

    Raises
    ------
    ModelError
        The knots do not start at 0 or do not ascend, or the lengths differ.

    Notes
    -----
    An inclination keeps the flux (:class:`~bayesim.sources.Inclined`): the brightness seen is then ``1/cos(i)`` times
    larger, as of a thin layer. For an opaque disk multiply the brightness by ``cos(i)``, frank's default.
    """

    radius: Size
    brightness: Brightness

    def __post_init__(self) -> None:
        super().__post_init__()
        knots = self.number("radius")
        if np.ndim(knots) != 1 or knots.size < 2 or knots[0] != 0.0 or np.any(np.diff(knots) <= 0):
            raise ModelError(f"radius {knots} must be at least two ascending knots, the first of them 0")
        length = count("brightness", self.brightness)
        if length not in (None, knots.size):
            raise ModelError(f"brightness has {length} values for {knots.size} knots")

    @property
    def flux(self) -> Any:
        """Integral of the brightness in Jy."""
        area = np.pi * self.radius**2
        return (0.5 * (self.brightness[1:] + self.brightness[:-1]) * np.diff(area)).sum()

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return the sum of the paraboloids' transforms and the last step's."""
        area, value = np.pi * self.radius[1:] ** 2, as_tensor(self.brightness)
        slope = (value[1:] - value[:-1]) / np.diff(np.pi * self.radius**2)
        z = (2.0 * np.pi * self.radius[1:]) ** 2 * column(u**2 + v**2)
        # a paraboloid h (1 - r^2/r_k^2) ends at every knot: h from the change of slope there, its flux h area / 2
        inner = 0.5 * area[:-1] ** 2 * (slope[1:] - slope[:-1])
        last = -0.5 * area[-1] ** 2 * slope[-1]
        seen = matrix_product(bessel_ratio(2.0, z[:, :-1]), inner) + bessel_ratio(2.0, z[:, -1]) * last
        return seen + bessel_ratio(1.0, z[:, -1]) * (value[-1] * area[-1]), zeros_like(u)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the points of every interval."""
        knots, value = self.radius, self.number("brightness")
        parts = [radial_nodes(low, high, spacing) for low, high in pairwise(knots)]
        radius, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
        bright = np.interp(radius**2, knots**2, value)
        return spread(radius, 2 * np.pi * radius * weight * bright, spacing)
