"""The dual certificate of posterior draws: what a plausible sky leaves of the data, in units of lambda."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import GridError, ModelError
from bayesim.maps._imager import coplanar, imager
from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, some_draws
from bayesim.maps._points import holds_points, some_points
from bayesim.operators import NormalEquations, Sparse
from bayesim.sky import Grid
from bayesim.solvers import Solution
from bayesim.solvers.background import taper

__all__ = ["DrawCertificates", "draw_certificates"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DrawCertificates:
    """Mean and spread of ``eta`` over draws.

    Parameters
    ----------
    mean, sd : Map
        Dimensionless.
    largest : ndarray, shape (draws,)
        Largest ``eta`` of each draw; that of the mode is 1.
    noise : float
        Standard deviation of ``eta`` at the true sky, ``1 / (lambda sigma_image)``: there it is noise alone. The
        certificate of a prior of both signs is its absolute value.
    """

    mean: Map
    sd: Map
    largest: Floats
    noise: float


def draw_certificates(
    tree: Any,
    solution: Solution,
    data: NormalEquations | Visibilities,
    *,
    most: int = 100,
    phase_centre: tuple[float, float] | None = None,
    threads: int = 1,
) -> DrawCertificates:
    """Return the certificates of draws, at the lambda of the mode.

    A draw is not a minimiser: its ``eta`` need not be 1 where it has flux nor below 1 elsewhere. A right model
    cannot tell a draw from the true sky, whose ``eta`` is the noise of the data over lambda: in every pixel its
    spread over data is ``noise``, and its largest value over a field of ``n`` beams near ``noise sqrt(2 ln n)``.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support, or of point sources between pixels.
    solution : Solution
        The mode, for its prior and lambda.
    data : NormalEquations or Visibilities
        What was solved for draws of an image: each costs one exact residual. The visibilities for draws of sources:
        each costs the sum over its sources and one adjoint transform, w included where it matters.
    most : int
        Draws that are used, evenly spaced over all chains.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    threads : int
        Of every transform of visibilities.

    Raises
    ------
    GridError
        Mode and normal equations lie on different grids.
    ModelError
        The tree holds neither an image nor sources, or the data are those of the other.
    """
    count, largest = 0, []
    mean, square = np.zeros(solution.grid.shape), np.zeros(solution.grid.shape)
    for residual in _residuals(tree, solution.grid, data, most=most, threads=threads):
        eta = solution.prior.certificate(residual)
        count += 1
        away = eta - mean
        mean += away / count
        square += away * (eta - mean)
        largest.append(float(eta.max()))
    noise = float(np.sqrt(solution.sum_weight) / solution.rate)
    said = f"over {count} draws, lambda of the mode; at the true sky its standard deviation is {noise:.3g}"
    words = {"mean": f"mean certificate {said}", "sd": f"standard deviation of the certificate {said}"}
    planes = {"mean": mean, "sd": np.sqrt(square / max(count - 1, 1))}
    maps = {
        name: Map(planes[name], solution.grid, "", f"draw_certificate_{name}", label, phase_centre=phase_centre)
        for name, label in words.items()
    }
    return DrawCertificates(maps["mean"], maps["sd"], np.asarray(largest), noise)


def _residuals(
    tree: Any, grid: Grid, data: NormalEquations | Visibilities, *, most: int, threads: int
) -> Iterator[Floats]:
    """Yield the residual image of every draw, in 1/Jy."""
    if holds_points(tree) != isinstance(data, Visibilities):
        wanted = "the visibilities" if holds_points(tree) else "the normal equations of its pixels"
        raise ModelError(f"data {type(data).__name__} do not go with these draws: give {wanted}")
    if isinstance(data, Visibilities):
        return _of_points(tree, grid, data, most=most, threads=threads)
    if grid != data.grid:
        raise GridError(f"the mode lies on {grid}, the data on {data.grid}")
    return (data.residual(*draw).image for draw in some_draws(image_draws(tree), grid, most=most))


def _of_points(tree: Any, grid: Grid, vis: Visibilities, *, most: int, threads: int) -> Iterator[Floats]:
    image, w = imager(vis, grid, threads=threads), None if coplanar(vis, grid) else vis.w
    for sources in some_points(tree, most=most):
        left = vis.data.copy()
        for flux, l, m, shape in sources:
            amplitude = 1.0 if shape is None else taper(vis.u, vis.v, shape)
            left -= amplitude * Sparse(vis.u, vis.v, w, l, m, threads=threads).forward(flux)
        yield image(left)
