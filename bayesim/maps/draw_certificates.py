"""The dual certificate of posterior draws: what a plausible sky leaves of the data, in units of lambda."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, some_draws
from bayesim.operators import NormalEquations
from bayesim.solvers import Solution

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
    equations: NormalEquations,
    *,
    most: int = 100,
    phase_centre: tuple[float, float] | None = None,
) -> DrawCertificates:
    """Return the certificates of draws, at the lambda of the mode.

    A draw is not a minimiser: its ``eta`` need not be 1 where it has flux nor below 1 elsewhere. A right model
    cannot tell a draw from the true sky, whose ``eta`` is the noise of the data over lambda: in every pixel its
    spread over data is ``noise``, and its largest value over a field of ``n`` beams near ``noise sqrt(2 ln n)``.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support.
    solution : Solution
        The mode, for its prior and lambda.
    equations : NormalEquations
        The data; each draw costs one exact residual.
    most : int
        Draws that are used, evenly spaced over all chains.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Raises
    ------
    GridError
        Mode and data lie on different grids.
    ModelError
        The tree has no such image.
    """
    if solution.grid != equations.grid:
        raise GridError(f"the mode lies on {solution.grid}, the data on {equations.grid}")
    count, largest = 0, []
    mean, square = np.zeros(solution.grid.shape), np.zeros(solution.grid.shape)
    for indices, values in some_draws(image_draws(tree), solution.grid, most=most):
        eta = solution.prior.certificate(equations.residual(indices, values).image)
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
