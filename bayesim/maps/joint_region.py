"""Joint credible region of a whole image from its mode alone, for convex models: a bound, and very wide."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError, ModelError
from bayesim.maps._map import Map
from bayesim.operators.coplanar import Coplanar
from bayesim.solvers import Solution

__all__ = ["JointIntervals", "JointRegion"]

Floats = NDArray[np.float64]

_HALVINGS = 40


@dataclass(frozen=True, eq=False)
class JointIntervals:
    """How far each superpixel can be flattened to one value before the image leaves the region.

    Parameters
    ----------
    low, high : Map
        Jy/pixel, constant within a superpixel. They say nothing of the marginal spread of a pixel. NaN where the
        mean value already leaves the region: the structure inside is real.
    """

    low: Map
    high: Map


@dataclass(frozen=True, eq=False)
class JointRegion:
    """``{x: U(x) <= U(mode) + n + sqrt(16 n ln(3 / alpha))}``: holds at least ``1 - alpha`` of the posterior.

    ``U`` is minus the logarithm of the posterior density and ``n`` the number of pixels (Pereyra 2017, SIAM J.
    Imaging Sci. 10, 285, theorem 3.1); lambda is a given number.

    Parameters
    ----------
    solution : Solution
        Mode, with its prior.
    equations : Coplanar
        Data fit that was solved.
    alpha : float
        Probability left outside, in (4 exp(-n/3), 1).

    Raises
    ------
    GridError
        Mode and data fit lie on different grids.
    ModelError
        ``alpha`` is out of range.
    """

    solution: Solution
    equations: Coplanar
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if self.solution.grid != self.equations.grid:
            raise GridError(f"the mode lies on {self.solution.grid}, the data fit on {self.equations.grid}")
        least = 4 * np.exp(-self.solution.grid.size / 3)
        if not least < self.alpha < 1:
            raise ModelError(f"alpha {self.alpha} must lie in ({least:.2g}, 1) for {self.solution.grid.size} pixels")

    @property
    def slack(self) -> float:
        """``n + sqrt(16 n ln(3 / alpha))``: how much the potential may rise above its minimum."""
        n = self.solution.grid.size
        return n + float(np.sqrt(16 * n * np.log(3 / self.alpha)))

    @property
    def label(self) -> str:
        """What the region is."""
        return (
            f"joint {100 * (1 - self.alpha):g} % credible region of all {self.solution.grid.size} pixels by a bound "
            "from the mode (conservative), lambda given; not the interval of any one pixel"
        )

    def rise(self, image: Floats) -> float:
        """Return ``U(image) - U(mode)``, infinite outside the support of the prior.

        Raises
        ------
        GridError
            The image does not have the grid's shape.
        """
        if image.shape != self.solution.grid.shape:
            raise GridError(f"the image has shape {image.shape}, the grid {self.solution.grid.shape}")
        change = image - self.solution.image
        data = 0.5 * np.vdot(change, self.equations.normal.apply(change)) - np.vdot(change, self.solution.residual)
        return float(data) + self._penalty(image) - self._penalty(self.solution.image)

    def contains(self, image: Floats) -> bool:
        """Return whether an image lies in the region.

        A test of a structure: paint it out of the mode (with the values around it); where the painted image lies
        outside, the structure is real at level ``alpha``. Inside means that the bound cannot tell.

        Raises
        ------
        GridError
            The image does not have the grid's shape.
        """
        return self.rise(image) <= self.slack

    def intervals(self, *, size: int) -> JointIntervals:
        """Return the local credible intervals (Cai, Pereyra & McEwen 2018, MNRAS 480, 4170, section 3.2.2).

        Parameters
        ----------
        size : int
            Side of a superpixel in pixels; those at the edge may be smaller.

        Raises
        ------
        ModelError
            ``size`` is below 1.
        """
        if size < 1:
            raise ModelError(f"size {size} must be at least 1 pixel")
        grid = self.solution.grid
        low, high = np.empty(grid.shape), np.empty(grid.shape)
        for row in range(0, grid.shape[0], size):
            for column in range(0, grid.shape[1], size):
                part = np.s_[row : row + size, column : column + size]
                low[part], high[part] = self._ends(part)
        ends = {"low": low, "high": high}
        maps = {
            name: Map(
                values, grid, "Jy/pixel", f"joint_{name}", f"{name} end of superpixels of {size} pixels; {self.label}"
            )
            for name, values in ends.items()
        }
        return JointIntervals(**maps)

    def _ends(self, part: tuple[slice, slice]) -> tuple[float, float]:
        """Return the extreme values of a superpixel."""
        flattened = _flattened(self, part)
        centre = float(self.solution.image[part].mean())
        if flattened.excess(centre) > 0:
            return np.nan, np.nan
        step = float(np.sqrt(2 * self.slack / flattened.curvature))
        return flattened.edge(centre, -step), flattened.edge(centre, step)

    def _penalty(self, image: Floats) -> float:
        return self.solution.prior.value(image)


@dataclass(frozen=True, eq=False)
class _Flattened:
    """The mode with one superpixel at a single value: the potential is convex in that value."""

    region: JointRegion
    emptied: Floats
    """The mode with zero there."""
    flat: Floats
    """One there and zero elsewhere."""
    base: float
    slope: float
    curvature: float

    def excess(self, value: float) -> float:
        """Return how far the potential lies above that of the region's edge; negative inside."""
        data = self.base + self.slope * value + 0.5 * self.curvature * value**2
        return data + self.region._penalty(self.emptied + value * self.flat) - self.region.slack

    def edge(self, inside: float, step: float) -> float:
        """Return the last value inside the region, in the direction of the step."""
        while self.excess(inside + step) <= 0:
            inside, step = inside + step, 2 * step
        outside = inside + step
        for _ in range(_HALVINGS):
            middle = 0.5 * (inside + outside)
            inside, outside = (middle, outside) if self.excess(middle) <= 0 else (inside, middle)
        return inside


def _flattened(region: JointRegion, part: tuple[slice, slice]) -> _Flattened:
    sky, flat = region.solution.image, np.zeros(region.solution.grid.shape)
    flat[part] = 1.0
    emptied = sky * (1.0 - flat)
    pulled = region.equations.normal.apply(flat)
    slope = float(np.vdot(pulled, emptied - sky) - np.vdot(flat, region.solution.residual))
    base = region.rise(emptied) - region._penalty(emptied)
    return _Flattened(region, emptied, flat, base, slope, float(np.vdot(flat, pulled)))
