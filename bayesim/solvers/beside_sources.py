"""The few pixels on which a sparse image stands beside sources that have a shape of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers.polyclean import PolyClean
from bayesim.sources import AsTruth, Points, Source, Sum

__all__ = ["BesideSources", "beside_sources"]


@dataclass(frozen=True, eq=False)
class BesideSources:
    """Pixels for an image, and what they hold at the mode.

    Parameters
    ----------
    indices : ndarray of int64, shape (k,)
        Flat pixels of the grid, ascending.
    l, m : ndarray, shape (k,)
        Their direction cosines.
    fluxes : ndarray, shape (k,)
        Jy/pixel, positive.
    """

    indices: NDArray[np.int64]
    l: NDArray[np.float64]
    m: NDArray[np.float64]
    fluxes: NDArray[np.float64]

    def points(self, name: str, *, rate: Any) -> Points:
        """Add exponential pixels to the model in context and return them as points.

        Parameters
        ----------
        name : str
            Of the pixels, which stand on the coordinate ``pixel``; their sum is ``{name}_flux`` (Jy).
        rate : float or PyMC variable
            ``lambda`` in 1/Jy.
        """
        # importing PyMC takes seconds, and the choice of pixels does not need it
        import pymc as pm

        pm.modelcontext(None).add_coord("pixel", self.indices)
        fluxes = PositiveLaplace(rate).variable(name, dims=("pixel",))
        pm.Deterministic(f"{name}_flux", fluxes.sum())
        return Points(fluxes, self.l, self.m)


def beside_sources(
    vis: Visibilities, sources: Sequence[Source], grid: Grid, *, noise_scale: float, fringes: float = 2.0
) -> BesideSources:
    """Return the pixels that hold flux at the mode of what sources leave, at twice the noise, away from the sources.

    A pixel nearer to a source than the data resolve could not be told from a part of it. Pixels that are chosen from
    the same data make the posterior of the image narrower than it is: say so in its label.

    Parameters
    ----------
    vis : Visibilities
        The data.
    sources : sequence of Offset
        Fitted without an image, every parameter a number.
    grid : Grid
        Pixels that may be chosen from; w is left out in the choice.
    noise_scale : float
        Errors over those that the weights say, in that fit: too high, while an image is missing.
    fringes : float
        Least distance of a pixel from the position of any source, in fringes of the longest baseline.

    Raises
    ------
    ModelError
        Nothing is left there.
    """
    seen = AsTruth(Sum(tuple(sources))).visibilities(vis.u, vis.v, vis.w)
    left = replace(vis, data=vis.data - seen)
    rate = 2.0 * noise_scale / vis.sigma_image
    mode = PolyClean().solve(Coplanar(measure(left, grid)), PositiveLaplace(rate))
    l, m = grid.directions(mode.indices)
    gaps = [np.hypot(l - source.number("l"), m - source.number("m")) for source in sources]
    apart = np.min(gaps, axis=0) > fringes / vis.longest_baseline
    if not apart.any():
        raise ModelError(
            f"the image has no pixel: {fringes:.3g} fringes from the sources nothing is left above twice the noise"
        )
    return BesideSources(mode.indices[apart], l[apart], m[apart], mode.fluxes[apart])
