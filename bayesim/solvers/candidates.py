"""Where sources may be: the fit off the grid and what its residual still hints at, each with room to move."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators._continuous import ContinuousResidual
from bayesim.operators.directions import Directions
from bayesim.operators.psf_kernel import PsfKernel
from bayesim.solvers._patches import NODES, REACH, corners, patches
from bayesim.solvers._points import Points
from bayesim.solvers._residual_peaks import residual_peaks
from bayesim.solvers.background import PRECISE, Background, backgrounds
from bayesim.solvers.elsewhere import Elsewhere, elsewhere
from bayesim.solvers.point_sources import PointSources

__all__ = ["LISTED", "NODES", "REACH", "Candidates", "candidates", "described"]

Floats = NDArray[np.float64]

LISTED = 0.5
"""Posterior probability above which a candidate is a source, in catalogues, counts and the convergence gate."""

_NOT_BOTH = "sources too faint to list are drawn with points alone: leave the smooth background out, or them"

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
    behind : tuple of Background
        Smooth emission around crowded sources, of several widths; empty where there is none.

    Raises
    ------
    ModelError
        Smooth emission and sources between the candidates at once.
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
    behind: tuple[Background, ...] = ()

    def __post_init__(self) -> None:
        if self.behind and self.around is not None:
            raise ModelError(_NOT_BOTH)

    @property
    def size(self) -> int:
        """Number of candidates."""
        return int(self.l.size)

    def directions(self, z: Floats) -> tuple[Floats, Floats]:
        """Return l and m of sources at ``z``, shape (..., k, 2), in standard deviations from their candidates."""
        moved = np.einsum("kij,...kj->...ki", self.spread, z)
        return self.l + moved[..., 0], self.m + moved[..., 1]


def candidates(
    directions: Directions,
    points: PointSources,
    *,
    level: float = 3.5,
    background: bool | None = None,
    faint: bool = False,
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
    background : bool
        Whether sources of the fit that are less than two beams apart may be smooth emission instead; by default
        unless ``faint``.
    faint : bool
        Whether the field between the candidates is described too, in which fainter sources may be drawn.

    Raises
    ------
    ModelError
        A source is negative, ``level`` is not positive, or the fit is not of :class:`~bayesim.solvers.OffGrid`;
        or the field between is asked for and there is a response, or smooth emission as well, or its tables would
        take over 512 MiB.
    """
    if not level > 0:
        raise ModelError(f"level {level} must be positive, in standard deviations of the residual")
    if np.any(points.flux < 0):
        raise ModelError(f"{np.count_nonzero(points.flux < 0)} sources are negative: the model is of Stokes I")
    if faint and background:
        raise ModelError(_NOT_BOTH)
    residual, fit = points.fit, Points(points.flux, points.l, points.m)
    if not isinstance(residual, ContinuousResidual):
        raise ModelError("the residual of these sources is known at pixels only: fit them with OffGrid")
    scale = max(1.0, points.reduced_chi2) ** 0.5
    hints = residual_peaks(
        directions, fit, residual, level=level * scale, covariance=points.covariance, positive=True
    )
    every = fit.joined(Points(np.zeros(hints.size), hints.l, hints.m))
    covariance = np.concatenate([points.position_covariance, _isolated(directions, hints)]) * scale**2
    spread = patches(directions, every, covariance)
    nodes = corners(every, spread)
    behind = backgrounds(directions, fit, nodes) if background is not False and not faint else ()
    return described(
        directions,
        every,
        spread=spread,
        residual=residual,
        behind=behind,
        around=elsewhere(directions, fit) if faint else None,
    )


def described(
    directions: Directions,
    centres: Points,
    *,
    spread: Floats,
    residual: ContinuousResidual,
    behind: tuple[Background, ...],
    around: Elsewhere | None,
) -> Candidates:
    """Return the quadratic form of sources near centres, whose fluxes leave the residual."""
    l, m = corners(centres, spread)
    response = directions.sensitivity(l, m).value
    kernel = _precise(directions) if behind else directions.kernel
    return Candidates(
        l=centres.l,
        m=centres.m,
        spread=spread,
        flux=centres.flux,
        gram=kernel.between((l, m)) * response[:, None] * response if l.size else np.zeros((0, 0)),
        pull=residual.value(l, m) * response,
        energy=residual.energy,
        count=len(directions.vis),
        sum_weight=directions.vis.sum_weight,
        area=float(np.prod(directions.grid.fov)),
        around=around,
        behind=behind,
    )


def _precise(directions: Directions) -> PsfKernel:
    """Return a kernel that holds where whole sources, and not only changes of them, are exchanged for blobs."""
    baselines, weight, threads = directions.baselines, directions.vis.weight, directions.threads
    return PsfKernel(*baselines, weight, directions.grid, tolerance=PRECISE, threads=threads)


def _isolated(directions: Directions, points: Points) -> Floats:
    """Return the position covariance of lone sources, shape (k, 2, 2): beam over signal-to-noise."""
    noise = _SD_OF_BEAM / (points.flux * np.sqrt(directions.vis.sum_weight))
    in_radian = np.linalg.inv(directions.metric)
    return np.asarray(noise[:, None, None] ** 2 * (in_radian @ in_radian.T))
