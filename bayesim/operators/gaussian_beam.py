"""A Gaussian primary beam: on the pixels of a grid, at sources off the grid, and in a graph."""

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import radians
from bayesim.errors import GridError
from bayesim.operators.response import Sensitivity
from bayesim.sky import Grid

__all__ = ["GaussianBeam"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GaussianBeam:
    """``A(l, m) = exp(-4 ln 2 ((l - l0)^2 + (m - m0)^2) / fwhm^2)``: the response in power, 1 at its centre.

    Called with directions it is a :data:`~bayesim.operators.response.Response`, as off-grid solvers take it.

    Parameters
    ----------
    fwhm : angle
        Full width at half maximum, radians; about ``1.13 wavelength / diameter`` for the VLA's and ALMA's dishes.
    l, m : angle
        Where the antennas point: direction cosines from the phase centre.

    Raises
    ------
    GridError
        The width is not positive, or a value is no angle.
    """

    fwhm: Any
    _: KW_ONLY
    l: Any = 0.0
    m: Any = 0.0

    def __post_init__(self) -> None:
        for name in ("fwhm", "l", "m"):
            object.__setattr__(self, name, radians(getattr(self, name)))
        if not (np.isfinite(self.fwhm) and self.fwhm > 0):
            raise GridError(f"fwhm {self.fwhm} must be positive and finite (radians)")

    def __call__(self, l: Floats, m: Floats) -> Sensitivity:
        """Return value and slopes at directions, shapes (k,)."""
        east, north = l - self.l, m - self.m
        value = np.exp(-0.5 * self._curvature * (east**2 + north**2))
        return Sensitivity(value, -self._curvature * east * value, -self._curvature * north * value)

    def on(self, grid: Grid) -> Floats:
        """Return the response of every pixel, shape ``grid.shape``: what operators and likelihoods take."""
        l, m = np.broadcast_arrays(grid.l[None, :], grid.m[:, None])
        return self(l, m).value

    def factor(self, l: Any, m: Any) -> Any:
        """Return the response at directions that may be variables of a graph.

        ``Offset(Point(flux * beam.factor(l, m)), l=l, m=m)`` is a source of ``flux`` Jy as the array sees it; over an
        extended source the beam is taken as even.
        """
        # importing PyTensor takes seconds, and a MAP does not need it
        import pytensor.tensor as pt

        return pt.exp(-0.5 * self._curvature * (pt.sqr(l - self.l) + pt.sqr(m - self.m)))

    @property
    def _curvature(self) -> float:
        return float(8.0 * np.log(2.0) / self.fwhm**2)
