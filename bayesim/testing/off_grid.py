"""Many small skies with blends, and how far an off-grid solver stays from the Cramer-Rao bound in them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bayesim.data import Visibilities, from_arrays
from bayesim.errors import GridError
from bayesim.operators import Coplanar, measure
from bayesim.operators.directions import Directions
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import OffGrid, PolyClean

__all__ = ["PointField", "PositionScore", "point_field", "position_score"]

Floats = NDArray[np.float64]

_DRAWS, _TRIALS = 1000, 300

_ELLIPSE = 5.991
"""The 95 % quantile of chi-squared with two degrees of freedom."""


@dataclass(frozen=True, eq=False)
class PointField:
    """A simulated sky of point sources.

    Parameters
    ----------
    vis : Visibilities
        Coplanar, noise of standard deviation 1 Jy per real component.
    grid : Grid
        Its field of view.
    flux, l, m : ndarray, shape (k,)
        Truth; the first two sources are blended with the third and the fourth.
    """

    vis: Visibilities
    grid: Grid
    flux: Floats
    l: Floats
    m: Floats


@dataclass(frozen=True)
class PositionScore:
    """What came of a number of fields.

    Parameters
    ----------
    sources, found, atoms : int
        True sources, those with a counterpart within half a beam, and all sources that the solver returned.
    position_ratio : float
        Root mean square of the position errors over the Cramer-Rao bound, coordinate by coordinate.
    flux_ratio : float
        The same for the fluxes.
    coverage : float
        Fraction of true positions inside the 95 % Fisher ellipse of their counterpart.
    """

    sources: int
    found: int
    atoms: int
    position_ratio: float
    flux_ratio: float
    coverage: float


def point_field(
    *, seed: int, sources: int = 8, n_vis: int = 600, blends: tuple[float, float] = (0.7, 1.5)
) -> PointField:
    """Simulate a field of 64 x 64 pixels with sources of signal-to-noise ratio 20 to 100.

    Parameters
    ----------
    seed : int
        Of positions, fluxes, baselines and noise.
    sources : int
        Number of sources, at least 4.
    n_vis : int
        Number of visibilities, uniform in a disk.
    blends : (float, float)
        Range of the separation of the two blended pairs, in beams; any other two are at least as far apart as the
        upper end.

    Raises
    ------
    GridError
        So many sources do not fit.
    """
    rng = np.random.default_rng(seed)
    radius, angle = 1000 * np.sqrt(rng.uniform(0, 1, n_vis)), rng.uniform(0, np.pi, n_vis)
    u, v = radius * np.cos(angle), radius * np.sin(angle)
    grid = Grid(64, cell=1 / 6000)
    flux = n_vis**-0.5 * np.exp(rng.uniform(np.log(20), np.log(100), sources))
    beam = float(np.sqrt(8 * np.log(2)) / (2 * np.pi * 500))
    # room for a companion on either side
    places = _scattered(rng, sources - 2, 0.4 * grid.fov[0], apart=3 * blends[1] * beam)
    turn, length = rng.uniform(0, 2 * np.pi, 2), rng.uniform(*blends, 2) * beam
    companions = [places[j] + length[j] * np.array([np.cos(turn[j]), np.sin(turn[j])]) for j in (0, 1)]
    l, m = np.array([*companions, *places]).T
    data = np.exp(-2j * np.pi * (np.outer(u, l) + np.outer(v, m))) @ flux
    data = data + rng.standard_normal(n_vis) + 1j * rng.standard_normal(n_vis)
    vis = from_arrays(u, v, data, weight=np.ones(n_vis))
    return PointField(vis, grid, flux, l, m)


def _scattered(rng: np.random.Generator, count: int, half: float, *, apart: float) -> list[Floats]:
    """Draw places in a square until they are far enough from each other; a draw that got stuck starts afresh."""
    for _ in range(_DRAWS):
        places: list[Floats] = []
        for trial in rng.uniform(-half, half, (_TRIALS, 2)):
            if all(np.hypot(*(trial - place)) > apart for place in places):
                places.append(trial)
                if len(places) == count:
                    return places
    raise GridError(f"{count} places {apart:.3g} rad apart do not fit into the field: fewer sources or closer blends")


def position_score(fields: list[PointField], *, solver: OffGrid | None = None, alpha: float = 0.05) -> PositionScore:
    """Solve every field from the LASSO at ``alpha`` and compare with the truth."""
    solver = OffGrid() if solver is None else solver
    found = atoms = inside = 0
    places, fluxes = [], []
    for field in fields:
        equations = Coplanar(measure(field.vis, field.grid))
        solution = PolyClean().solve(equations, PositiveLaplace(alpha * equations.dirty.max()))
        directions = Directions(field.vis, field.grid, coplanar=True)
        result = solver.refine(directions, solution)
        atoms += result.size
        bound = np.sqrt(np.diag(np.linalg.inv(directions.information(field.flux, field.l, field.m)))).reshape(3, -1)
        offset = np.stack([result.l - field.l[:, None], result.m - field.m[:, None]], axis=-1)
        distance = np.hypot(*np.moveaxis(offset @ directions.metric.T, -1, 0))
        true, mine = linear_sum_assignment(np.minimum(distance, 1.0))
        near = distance[true, mine] < 0.5
        true, mine = true[near], mine[near]
        found += true.size
        errors = offset[true, mine]
        places.append(errors / bound[1:, true].T)
        fluxes.append((result.flux[mine] - field.flux[true]) / bound[0, true])
        shape = np.linalg.inv(result.position_covariance[mine])
        inside += int(np.sum(np.einsum("ki,kij,kj->k", errors, shape, errors) < _ELLIPSE))
    return PositionScore(
        sources=sum(field.flux.size for field in fields),
        found=found,
        atoms=atoms,
        position_ratio=float(np.sqrt(np.mean(np.concatenate(places) ** 2))),
        flux_ratio=float(np.sqrt(np.mean(np.concatenate(fluxes) ** 2))),
        coverage=inside / max(found, 1),
    )
