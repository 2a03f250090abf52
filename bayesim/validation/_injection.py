"""Point sources put at random into the user's own uv coverage."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesim.data import PointSource, Visibilities
from bayesim.errors import DataError
from bayesim.maps.beams import Beam, fit_beam
from bayesim.operators.statistics import measure
from bayesim.sky import Grid

__all__ = ["beam_of", "injected", "places"]

Floats = NDArray[np.float64]

_PIXELS_PER_FRINGE = 6.0
"""Of the longest baseline, for the fit of the beam."""

_BEAM_PIXELS = 128

_ATTEMPTS = 1000


def beam_of(vis: Visibilities) -> Beam:
    """Return the naturally weighted beam of these baselines."""
    grid = Grid(_BEAM_PIXELS, cell=1.0 / (_PIXELS_PER_FRINGE * vis.longest_baseline))
    return fit_beam(measure(vis, grid, tolerance=1e-6).psf, cell=grid.cell)


def places(count: int, *, radius: float, apart: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return (l, m) of points uniform on a disc, none closer to another than an ellipse allows.

    Parameters
    ----------
    count : int
        Points.
    radius : float
        Of the disc in radians.
    apart : ndarray, shape (2, 2)
        Matrix ``Q`` (1/rad^2): points keep ``d'Qd >= 1``.
    rng : Generator
        Of the places.

    Raises
    ------
    DataError
        They do not fit.
    """
    for _ in range(_ATTEMPTS):
        distance, angle = radius * np.sqrt(rng.uniform(size=count)), rng.uniform(0.0, 2 * np.pi, count)
        at = np.stack([distance * np.sin(angle), distance * np.cos(angle)])
        step = at[:, :, None] - at[:, None, :]
        close = np.einsum("aij,ab,bij->ij", step, apart, step) < 1.0
        if np.count_nonzero(close) == count:  # each is close to itself
            return at[0], at[1]
    raise DataError(
        f"{count} sources did not keep their distance within {radius:.3g} rad in {_ATTEMPTS} attempts: "
        "inject fewer fluxes at a time, or into a larger radius"
    )


def injected(vis: Visibilities, fluxes: Floats, l: Floats, m: Floats, noise: NDArray[np.complex128]) -> Visibilities:
    """Return the same baselines and weights with the data of point sources (exact sum, w included) and noise."""
    data = noise.copy()
    for flux, east, north in zip(fluxes, l, m, strict=True):
        data += PointSource(float(flux), float(east), float(north)).visibilities(vis.u, vis.v, vis.w)
    return replace(vis, data=data)
