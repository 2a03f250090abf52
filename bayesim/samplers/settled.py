"""A pilot run before the sampler: candidates whose patches are off are centred anew."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.directions import Directions
from bayesim.samplers import gibbs
from bayesim.solvers.candidates import LISTED, Candidates
from bayesim.solvers.recentred import recentred

__all__ = ["settled"]

Floats = NDArray[np.float64]

_ROUNDS = 10
"""Pilot runs at most: each moves a patch by up to three of its radii."""

_DRAWS, _TUNE, _CHAINS, _THIN = 100, 100, 2, 4

_OFF = 1.5
"""Standard deviations between the centre of a patch and the mean of the draws in it: the Gaussian still fits."""

_NARROW = 0.4
"""Spread of the draws in that of the patch below which trial places are wasted."""

_WIDER = 1.3
"""Spread of a new patch in that of the draws: short chains have not seen all of it."""

_BACK = 3.0
"""Standard deviations at which the old centre lies in the new patch, at most: the pilot may have gone too far."""


def settled(directions: Directions, found: Candidates, *, seed: int, cores: int | None = None) -> Candidates:
    """Return candidates whose patches hold the posterior of their positions.

    The fit puts a patch where a source is if every sigma is right and all emission is points. Where sigmas are too
    large it stops early, and where smooth emission takes over flux, blended sources move by many of their errors:
    chains would crawl along the edge of their patches. Short chains tell; what they find off centre, or far too
    narrow for its patch, is centred on their mean, and the quadratic form is made anew from all visibilities. Where
    the fit was right the candidates come back as they are.

    Parameters
    ----------
    directions : Directions
        The data.
    found : Candidates
        From :func:`bayesim.solvers.candidates`.
    seed : int
        Of the short chains; the same as of the sampler will do.
    cores : int, optional
        Chains at a time; all processors by default.

    Returns
    -------
    Candidates
        After ten pilot runs at most.
    """
    for attempt in range(_ROUNDS if found.size else 0):
        own_seed = int(np.random.SeedSequence([seed, attempt]).generate_state(1)[0])
        tree = gibbs.sample(found, seed=own_seed, draws=_DRAWS, tune=_TUNE, chains=_CHAINS, thin=_THIN, cores=cores)
        posterior = tree["posterior"].to_dataset().stack(sample=("chain", "draw")).transpose("sample", ...)
        flux, l, m = (np.asarray(posterior[name].values, dtype=np.float64) for name in ("flux", "l", "m"))
        moved = _moved(found, flux, np.stack([l, m], axis=-1))
        if not moved.any():
            break
        found = _about(directions, found, flux, np.stack([l, m], axis=-1), moved)
    return found


def _moved(found: Candidates, flux: Floats, place: Floats) -> NDArray[np.bool_]:
    """Return which likely sources are off the centre of their patch or far narrower, shape (k,)."""
    centre = np.stack([found.l, found.m], axis=-1)
    z = np.linalg.solve(found.spread[None], (place - centre)[..., None])[..., 0]
    out = np.zeros(found.size, dtype=bool)
    for j in np.flatnonzero((flux > 0).mean(axis=0) > LISTED):
        own = z[flux[:, j] > 0, j]
        out[j] = np.abs(own.mean(axis=0)).max() > _OFF or own.std(axis=0).max() < _NARROW
    return out


def _about(
    directions: Directions, found: Candidates, flux: Floats, place: Floats, moved: NDArray[np.bool_]
) -> Candidates:
    """Centre what moved on its draws; the form is about the mean fluxes of all that is likely."""
    likely = (flux > 0).mean(axis=0) > LISTED
    there = np.maximum(np.count_nonzero(flux, axis=0), 1)
    centre = np.stack([found.l, found.m], axis=-1)
    covariance = found.spread @ found.spread.transpose(0, 2, 1)
    for j in np.flatnonzero(moved):
        own = place[flux[:, j] > 0, j]
        step = own.mean(axis=0) - centre[j]
        covariance[j] = _WIDER**2 * np.cov(own.T) + np.outer(step, step) / _BACK**2
        centre[j] += step
    return recentred(
        directions,
        found,
        flux=np.where(likely, flux.sum(axis=0) / there, 0.0),
        l=np.ascontiguousarray(centre[:, 0]),
        m=np.ascontiguousarray(centre[:, 1]),
        covariance=covariance,
    )
