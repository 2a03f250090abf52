"""The default analysis: from visibilities to the posterior of point sources, in one call."""

import os

import xarray as xr

from bayesim.data import Visibilities
from bayesim.data._sampling import W_PHASE, largest_w_phase
from bayesim.operators import Coplanar, Directions, NormalEquations, WideField, measure
from bayesim.priors import PositiveLaplace
from bayesim.samplers import gibbs
from bayesim.samplers.fit_checks import with_predictions
from bayesim.samplers.predictions import Predictions, predicted_sources
from bayesim.samplers.settled import settled
from bayesim.sky import Grid
from bayesim.solvers import OffGrid, PolyClean, candidates, solve_at_noise

__all__ = ["sparse_sources"]


def sparse_sources(
    vis: Visibilities,
    grid: Grid,
    *,
    seed: int,
    threshold: float = 4.0,
    level: float = 3.5,
    background: bool | None = None,
    faint: bool = False,
    draws: int = 1000,
    tune: int = 200,
    chains: int = 4,
    lengthen: int = 4,
    cores: int | None = None,
    threads: int = 1,
    checkpoint: str | os.PathLike[str] | None = None,
) -> xr.DataTree:
    """Sample which point sources a field holds, where they are and how bright, with lambda and the noise scale.

    PolyCLEAN finds the mode of the LASSO, whose atoms are refitted, merged and slid off the grid; those sources, and
    what the residual still hints at, are the candidates of a spike-and-slab Gibbs sampler; short chains centre those
    that the fit has put off (:func:`~bayesim.samplers.settled`).

    Parameters
    ----------
    vis : Visibilities
        Calibrated data of Stokes I.
    grid : Grid
        The field that holds every source; pixels of an eighth of the finest fringe or less.
    seed : int
        Of the sampler.
    threshold : float
        Lambda of the mode in units of the residual image's noise.
    level : float
        Significance of the faintest candidate.
    background : bool
        Whether crowded sources may be smooth emission instead, see :func:`bayesim.solvers.candidates`; by default
        unless ``faint``.
    faint : bool
        Whether sources too faint to list are drawn as well, anywhere in the field: for well calibrated fields of
        points. Calibration errors and extended emission would be taken for sources, hundreds of them, and the chains
        would not converge.
    draws, tune, chains, lengthen, cores, checkpoint
        As of :func:`bayesim.samplers.gibbs.sample`.
    threads : int
        Threads of the transforms.

    Returns
    -------
    DataTree
        As of :func:`bayesim.samplers.gibbs.sample`, with what the draws predict of the data
        (:func:`~bayesim.samplers.with_predictions`); judge it by :func:`~bayesim.samplers.source_verdict`, list it by
        :func:`bayesim.maps.source_catalogue`, and see it by :func:`bayesim.maps.on_pixels`.

    Raises
    ------
    ModelError
        A number is out of its range, or the sky has negative sources.
    """
    coplanar = largest_w_phase(vis, grid) <= W_PHASE
    equations: NormalEquations = (
        Coplanar(measure(vis, grid, threads=threads), threads=threads)
        if coplanar
        else WideField(vis, grid, threads=threads)
    )
    solution = solve_at_noise(equations, PositiveLaplace, sigmas=threshold, solver=PolyClean(relative_gap=1e-4))
    directions = Directions(vis, grid, coplanar=coplanar, threads=threads)
    points = OffGrid().refine(directions, solution)
    notes: dict[str, str | float] = {"data_hash": vis.digest, "gap": solution.gap, "points": points.reason}
    found = candidates(directions, points, level=level, background=background, faint=faint)
    tree = gibbs.sample(
        settled(directions, found, seed=seed, cores=cores),
        seed=seed,
        draws=draws,
        tune=tune,
        chains=chains,
        lengthen=lengthen,
        cores=cores,
        checkpoint=checkpoint,
        notes=notes,
    )

    def predict(part: Visibilities, wanted: int) -> Predictions:
        return predicted_sources(tree, part, draws=wanted, coplanar=coplanar, threads=threads)

    return with_predictions(tree, vis, predict, seed=seed)
