"""Off the grid: from the pixels of a LASSO to sources with continuous positions, de-biased, with joint errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError, ModelError
from bayesim.operators.directions import Directions
from bayesim.solvers._active_set import minimise
from bayesim.solvers._anchor import Anchor
from bayesim.solvers._points import Points, merged
from bayesim.solvers._prune import pruned
from bayesim.solvers._residual_peaks import residual_peaks
from bayesim.solvers._slide import slide
from bayesim.solvers._solution import Solution
from bayesim.solvers.point_sources import PointSources

__all__ = ["OffGrid", "refitted"]

Floats = NDArray[np.float64]

_ROUGH = 0.1
"""Tolerance while the list of sources still changes."""

_PASSES, _STEPS, _PATIENCE = 2, 12, 4
"""A slide is short, for what crawls along a valley is often about to be pruned; four in a row must do."""

_COLLAPSED = 0.1
"""Beams below which two sources that slid together are one."""

_MAD_TO_SIGMA = 1.4826
"""Standard deviation of a Gaussian over its median absolute deviation."""


@dataclass(frozen=True)
class OffGrid:
    """Merge, slide, prune, add, and repeat until the list of sources stays as it is.

    A non-negative (or signed) least-squares refit on the support; clusters merged to their centroids; joint damped
    Newton steps in all fluxes and positions; backward elimination of what is not
    significant; new sources where the residual asks for them.

    Parameters
    ----------
    merge : float
        Atoms of one sign closer than this many beams merge at the start. Real pairs closer than this come apart
        again only if the residual shows them.
    prune : float
        Significance below which a source leaves, given all others. With 3 one source in 25 of a simulation was two.
    add : float
        Significance above which a maximum of the residual becomes a source; above ``prune``.
    tolerance : float
        A group of blended sources has arrived when its next step would lower half of chi-squared by less.
    max_rounds : int
        Bound on the rounds.

    Raises
    ------
    ModelError
        A threshold is not positive, or ``add`` is not above ``prune``: a source would come and go for ever.

    Notes
    -----
    The data are read twice or a few times more; a step costs one prediction of the residual on the array's lattice
    (:meth:`~bayesim.operators.Directions.predicted`) and linear algebra that grows with ``k^3``, memory with ``100
    k^2`` numbers. Where the residual is noisier than the weights claim, both thresholds are raised in proportion.
    The errors are those of the final list: they do not know which sources were missed or merged.

    References
    ----------
    Denoyelle, Duval, Peyre & Soubies 2020, "The sliding Frank-Wolfe algorithm and its application to super-resolution
    microscopy", Inverse Problems 36, 014001.
    """

    merge: float = 0.5
    prune: float = 4.0
    add: float = 4.5
    tolerance: float = 0.01
    max_rounds: int = 20

    def __post_init__(self) -> None:
        if not 0 < self.prune < self.add:
            raise ModelError(f"prune {self.prune} and add {self.add}: need 0 < prune < add, or sources come and go")
        if not (self.merge >= 0 and self.tolerance > 0 and self.max_rounds >= 1):
            raise ModelError(
                f"merge {self.merge} must not be negative, tolerance {self.tolerance} be positive, max_rounds "
                f"{self.max_rounds} be at least 1"
            )

    def refine(self, directions: Directions, solution: Solution) -> PointSources:
        """Return the sources behind a solution.

        Parameters
        ----------
        directions : Directions
            The same data and response as a function of flux and position.
        solution : Solution
            Its support is the start; its prior says whether fluxes are positive.

        Raises
        ------
        GridError
            The solution is on another grid.
        """
        if solution.grid != directions.grid:
            raise GridError(f"the solution is on {solution.grid}, the directions on {directions.grid}")
        positive = _positive(solution)
        points = merged(refitted(directions, solution), directions.metric, radius=self.merge)
        anchor, tolerance = Anchor.at(directions, points), max(self.tolerance, _ROUGH)
        for rounds in range(1, self.max_rounds + 1):
            last = tolerance == self.tolerance
            scale = _noise_scale(anchor)
            points, arrived = self._settled(anchor, points, scale, positive=positive, tolerance=tolerance)
            covariance = _covariance(directions, points)
            if last:
                anchor = Anchor.at(directions, points)
            new = residual_peaks(
                directions,
                points,
                anchor.function(points),
                level=self.add * scale,
                covariance=covariance,
                positive=positive,
            )
            if not new.size and last:
                break
            if not new.size:
                tolerance = self.tolerance
            if rounds < self.max_rounds:
                points = points.joined(new)
        if anchor.points is not points:
            anchor = Anchor.at(directions, points)
        converged = not new.size and last and arrived
        reason = "no source is missing and none is too many" if converged else f"not settled in {rounds} rounds"
        order = np.argsort(-points.flux, kind="stable")
        every = np.concatenate([order + j * points.size for j in range(3)])
        vis = directions.vis
        return PointSources(
            grid=directions.grid,
            flux=points.flux[order],
            l=points.l[order],
            m=points.m[order],
            covariance=covariance[np.ix_(every, every)],
            fit=anchor.residual.function,
            sum_weight=vis.sum_weight,
            count=len(vis),
            converged=converged,
            reason=reason,
            rounds=rounds,
            phase_centre=vis.phase_centre,
        )

    def _settled(
        self, anchor: Anchor, points: Points, scale: float, *, positive: bool, tolerance: float
    ) -> tuple[Points, bool]:
        """Slide and prune until nothing leaves; return also whether all arrived."""
        directions, unmoved = anchor.directions, 0
        while points.size:
            points, score, arrived = slide(
                anchor, points, positive=positive, tolerance=tolerance, passes=_PASSES, steps=_STEPS
            )
            together = merged(points, directions.metric, radius=_COLLAPSED)
            if together.size == points.size:
                together = pruned(directions, points, score, sigmas=self.prune * scale, positive=positive)
            unmoved = unmoved + 1 if together.size == points.size else 0
            if unmoved and (arrived or unmoved == _PATIENCE):
                return points, arrived
            points = together
        return points, True


def refitted(directions: Directions, solution: Solution) -> Points:
    """Return (flux, l, m) of the support with least-squares fluxes, without the shrinkage of the penalty.

    Non-negative where the prior is; atoms that come out at zero are left out.
    """
    points = Points(solution.fluxes, *solution.grid.directions(solution.indices))
    if not points.size:
        return points
    response = directions.sensitivity(points.l, points.m).value
    gram = directions.kernel.between((points.l, points.m)) * response[:, None] * response
    linear = solution.fit.at(solution.indices) + gram @ points.flux
    fit = minimise(gram, linear, rate=0.0, positive=_positive(solution), start=points.flux)
    return Points(fit.values, points.l, points.m).take(fit.values != 0)


def _positive(solution: Solution) -> bool:
    # a penalty that is infinite for a negative pixel asks for positivity
    return not np.isfinite(solution.prior.value(np.array([-1.0])))


def _covariance(directions: Directions, points: Points) -> Floats:
    return np.linalg.inv(directions.information(*points)) if points.size else np.zeros((0, 0))


def _noise_scale(anchor: Anchor) -> float:
    """Return the noise of the residual visibilities over what the weights claim, at least 1."""
    whitened = anchor.residual.visibilities * np.sqrt(anchor.directions.vis.weight)
    parts = np.abs(np.concatenate([whitened.real, whitened.imag]))
    return max(1.0, _MAD_TO_SIGMA * float(np.median(parts)))
