"""Where sources may be: the fit off the grid and what its residual still hints at, each with room to move."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators._continuous import ContinuousResidual
from bayesim.operators.directions import Directions
from bayesim.solvers._points import Points
from bayesim.solvers._residual_peaks import residual_peaks
from bayesim.solvers.elsewhere import Elsewhere, elsewhere
from bayesim.solvers.point_sources import PointSources

__all__ = ["LISTED", "NODES", "REACH", "Candidates", "candidates"]

Floats = NDArray[np.float64]

LISTED = 0.5
"""Posterior probability above which a candidate is a source, in catalogues, counts and the convergence gate."""

REACH = 3.5
"""Radius of a patch in standard deviations of the position: a Gaussian leaves 0.2 % outside."""

_RING = 2.5
"""Radius of the ring of nodes in the same unit."""

_ANGLES = 2 * np.pi * np.arange(5) / 5
NODES = np.vstack([np.zeros((1, 2)), _RING * np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])])
"""Centre and regular pentagon, shape (6, 2): the six points that fix a quadratic in two coordinates."""

_WIDEST = 0.15
"""Standard deviation of a position in beams, at most: a quadratic follows the PSF over 3.5 of these to 5 %."""

_FROZEN = 1e-9
"""Smallest factor by which a patch at the edge of the field shrinks: such a position is as good as fixed."""

_SD_OF_BEAM = 1 / np.sqrt(8 * np.log(2.0))
"""Standard deviation of a Gaussian beam in units of its width at half maximum."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """The data's view of sources near candidate directions, at most one near each: a quadratic form.

    Near candidate ``j`` a source at ``(l, m) = centre_j + spread_j z``, ``|z| <= 3.5``, is the interpolation of unit
    sources at six nodes by a quadratic in ``z``; node fluxes ``x`` that differ by ``d`` from the fit's have
    ``chi^2 = energy - 2 d' pull + d' gram d``.

    Parameters
    ----------
    l, m : ndarray, shape (k,)
        Centres: direction cosines to the East and North.
    spread : ndarray, shape (k, 2, 2)
        Lower triangular, in radian: a Cholesky factor of the position's covariance.
    flux : ndarray, shape (k,)
        Jy in the fit, at the centres; 0 for what only the residual hints at.
    gram : ndarray, shape (6 k, 6 k)
        ``A' W A`` of unit sources at all nodes in 1/Jy^2, six rows for each candidate.
    pull : ndarray, shape (6 k,)
        ``A' W (y - A(fit))`` at the nodes in 1/Jy, from all visibilities.
    energy : float
        ``||y - A(fit)||_W^2``.
    count : int
        Number of (complex) visibilities.
    sum_weight : float
        Sum of the weights in 1/Jy^2.
    area : float
        Solid angle in which sources were looked for, in steradian.
    around : Elsewhere, optional
        The field between the candidates; without it no source is anywhere else.
    """

    l: Floats
    m: Floats
    spread: Floats
    flux: Floats
    gram: Floats
    pull: Floats
    energy: float
    count: int
    sum_weight: float
    area: float
    around: Elsewhere | None = None

    @property
    def size(self) -> int:
        """Number of candidates."""
        return int(self.l.size)

    def directions(self, z: Floats) -> tuple[Floats, Floats]:
        """Return l and m of sources at ``z``, shape (..., k, 2), in standard deviations from their candidates."""
        moved = np.einsum("kij,...kj->...ki", self.spread, z)
        return self.l + moved[..., 0], self.m + moved[..., 1]


def candidates(
    directions: Directions, points: PointSources, *, level: float = 3.5, faint: bool = False
) -> Candidates:
    """Return the sources of a fit, and maxima of its residual from a significance on, as candidates.

    Parameters
    ----------
    directions : Directions
        The data that were fitted.
    points : PointSources
        A fit of positive sources.
    level : float
        Significance of the faintest maximum: below it the odds of a source are small whatever the prior.
    faint : bool
        Whether the field between the candidates is described too, in which fainter sources may be drawn.

    Raises
    ------
    ModelError
        A source is negative, ``level`` is not positive, or the fit is not of :class:`~bayesim.solvers.OffGrid`;
        or the field between is asked for and there is a response, or its tables would take over 512 MiB.
    """
    if not level > 0:
        raise ModelError(f"level {level} must be positive, in standard deviations of the residual")
    if np.any(points.flux < 0):
        raise ModelError(f"{np.count_nonzero(points.flux < 0)} sources are negative: the model is of Stokes I")
    residual, fit = points.fit, Points(points.flux, points.l, points.m)
    if not isinstance(residual, ContinuousResidual):
        raise ModelError("the residual of these sources is known at pixels only: fit them with OffGrid")
    scale = max(1.0, points.reduced_chi2) ** 0.5
    hints = residual_peaks(
        directions, fit, residual, level=level * scale, covariance=points.covariance, positive=True
    )
    every = fit.joined(hints)
    flux = np.concatenate([fit.flux, np.zeros(hints.size)])
    spread = np.concatenate([points.position_covariance, _isolated(directions, hints)]) * scale**2
    spread = _inside(np.linalg.cholesky(_bounded(spread, directions.metric)), every, directions)
    corners = np.einsum("kij,nj->kni", spread, NODES)
    l, m = ((centre[:, None] + corners[..., i]).ravel() for i, centre in enumerate((every.l, every.m)))
    response = directions.sensitivity(l, m).value
    return Candidates(
        l=every.l,
        m=every.m,
        spread=spread,
        flux=flux,
        gram=directions.kernel.between((l, m)) * response[:, None] * response if l.size else np.zeros((0, 0)),
        pull=residual.value(l, m) * response,
        energy=points.residual_energy,
        count=points.count,
        sum_weight=points.sum_weight,
        area=float(np.prod(directions.grid.fov)),
        around=elsewhere(directions, fit) if faint else None,
    )


def _isolated(directions: Directions, points: Points) -> Floats:
    """Return the position covariance of lone sources, shape (k, 2, 2): beam over signal-to-noise."""
    noise = _SD_OF_BEAM / (points.flux * np.sqrt(directions.vis.sum_weight))
    in_radian = np.linalg.inv(directions.metric)
    return np.asarray(noise[:, None, None] ** 2 * (in_radian @ in_radian.T))


def _inside(spread: Floats, points: Points, directions: Directions) -> Floats:
    """Shrink what would put a node outside the field, where neither residual nor kernel is known."""
    grid = directions.grid
    room = [np.minimum(x - axis.min(), axis.max() - x) for x, axis in ((points.l, grid.l), (points.m, grid.m))]
    reach = _RING * np.sqrt(np.einsum("kij,kij->ki", spread, spread))
    factor = np.min(np.stack(room, axis=1) / reach, axis=1, initial=1.0)
    return np.asarray(spread * np.maximum(factor, _FROZEN)[:, None, None])


def _bounded(covariance: Floats, metric: Floats) -> Floats:
    """Cut the principal axes, seen in beams, to what the interpolation can follow."""
    values, axes = np.linalg.eigh(metric @ covariance @ metric.T)
    axes = np.linalg.inv(metric) @ axes
    return np.asarray((axes * np.minimum(values, _WIDEST**2)[:, None, :]) @ axes.transpose(0, 2, 1))
