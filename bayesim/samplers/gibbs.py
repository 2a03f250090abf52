"""Gibbs sampler of point sources: which exist, where they are, how bright; with lambda and the noise scale."""

import os
from collections.abc import Mapping

import xarray as xr

from bayesim.errors import ModelError
from bayesim.priors import GammaRate
from bayesim.samplers._first_point import check_counts
from bayesim.samplers._result import provenance
from bayesim.samplers._source_chain import SLOTS, SourceChain
from bayesim.samplers._source_run import SourceRun
from bayesim.samplers._source_tree import full_draws, source_tree
from bayesim.samplers.gate import Limits
from bayesim.samplers.source_verdict import source_verdict
from bayesim.solvers.candidates import Candidates

__all__ = ["sample"]

_AT_CANDIDATES = (
    "point sources scattered evenly, exponential fluxes; at most one near each candidate, within 3.5 standard "
    "deviations of its position, the PSF quadratic there; "
)
_ELSEWHERE = f"{_AT_CANDIDATES}up to {SLOTS} more in the rest of the field, a beam or more from any candidate"
_NOWHERE_ELSE = f"{_AT_CANDIDATES}none elsewhere"
_BEHIND = (
    "; around sources less than two beams apart a Gaussian background of {} beams, which may be negative, or none"
)

_ROOM = 2.0
"""Draws kept, in effective ones asked for: of fewer no length makes enough."""

RULE = "the off-grid fit, fluxes jittered by half the image noise"

_SWEEPS, _SWEEPS_BESIDE_SMOOTH = 4, 8
"""Per draw: points and smooth emission trade flux slowly."""

_HOPE = 2.0
"""The diagnostics that say how long chains must be scatter by such a factor."""


def sample(
    candidates: Candidates,
    *,
    seed: int,
    draws: int = 1000,
    tune: int = 200,
    chains: int = 4,
    thin: int | None = None,
    lengthen: int = 1,
    cores: int | None = None,
    rate: GammaRate | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    notes: Mapping[str, str | int | float] | None = None,
) -> xr.DataTree:
    r"""Draw from the posterior of point sources near candidate directions.

    Sources are a Poisson process: evenly scattered over the field with an unknown density, fluxes
    ``p(f) = lambda exp(-lambda f)``. Given a candidate, a source is there with the odds

    ``density * integral of p(f) L(f, l, m) / L(0) over flux and over the patch of positions``,

    so that a maximum of the noise has to pay for the many directions in which it could have been. Where the
    candidates know the field around them, sources are also born and removed anywhere else in it: most are too
    faint to be seen, and lambda, the density and the total flux have to know of them. Where they know of a smooth
    background its fluxes are integrated out, and its width and size are drawn with the points in front of it.

    Parameters
    ----------
    candidates : Candidates
        From :func:`bayesim.solvers.candidates`; without any, noise scale and density are drawn all the same.
    seed : int
        Same seed, same draws, whatever the number of cores.
    draws, tune, chains : int
        Kept draws and warm-up draws of every chain, at least 1 each.
    thin : int, optional
        Sweeps over all candidates per draw, at least 1; by default 4, and 8 where sources trade flux with a smooth
        background.
    lengthen : int
        Chains that do not pass :func:`~bayesim.samplers.source_verdict` go on, twice as long each time and up to this
        many times as long, as long as that may help (not where so few draws are kept that they cannot pass); every
        second, fourth, ... draw is kept, so that there are always ``draws``. A power of two, or 1 for never.
    cores : int, optional
        Chains at a time; all processors by default.
    rate : GammaRate, optional
        Hyper-prior of lambda; by default exponential, with the mean at which a source's mean flux is the image noise.
    checkpoint : path, optional
        Folder in which all draws are kept; a run that was cut off goes on from it, to the same bits.
    notes : mapping of str to plain values, optional
        Added to the root attributes, which say how long the chains are: ``lengthened`` times ``draws`` draws, of
        ``thin`` sweeps between two that are kept.

    Returns
    -------
    DataTree
        ``posterior`` with ``flux`` (Jy, 0 where absent), ``included`` (0 or 1), ``inclusion`` (probability given all
        else in that draw), ``l`` and ``m`` (radian; drawn from the proposal where absent) on ``source``, and the
        scalars ``lambda`` (1/Jy), ``noise_scale``, ``number``, ``total_flux`` (Jy) and ``density`` (per steradian).
        Sources elsewhere have no names: ``elsewhere_flux``, ``elsewhere_l`` and ``elsewhere_m`` on ``slot`` hold
        those of each draw in any order; ``number`` and ``total_flux`` count them. Where a draw filled all slots the
        attribute ``full_draws`` says in how many.
        Smooth emission is ``background`` (Jy, on ``blob``: Gaussians of covariance ``blob_shape`` in radian^2 at
        ``blob_l``, ``blob_m``), ``background_flux`` (its sum, which ``total_flux`` holds too), and
        ``background_width`` (full width at half maximum of its blobs in beams, 0 where a draw has none).
        ``sample_stats`` has ``chi2``; ``constant_data`` the candidates.

    Raises
    ------
    ModelError
        A count is below 1, ``lengthen`` is no power of two, or the checkpoint is of another run.

    References
    ----------
    Mitchell & Beauchamp 1988, JASA 83, 1023 (spike and slab); Carlin & Chib 1995, JRSS B 57, 473; Geyer & Moller
    1994, Scandinavian Journal of Statistics 21, 359 (births and deaths).
    """
    if thin is None:
        thin = _SWEEPS_BESIDE_SMOOTH if candidates.behind else _SWEEPS
    check_counts(draws=draws, tune=tune, chains=chains, thin=thin, lengthen=lengthen)
    if lengthen & (lengthen - 1):
        raise ModelError(f"lengthen {lengthen} is no power of two: chains are doubled, take 1, 2, 4, 8, ...")
    prior = GammaRate(1.0, candidates.sum_weight**0.5) if rate is None else rate
    chain = SourceChain(candidates, prior, thin)
    run = SourceRun(chain, seed=seed, chains=chains, tune=tune, cores=cores, folder=checkpoint)
    tree, times = _long_enough(run, draws, lengthen)
    attributes = provenance(sampler="Gibbs (spike and slab)", seed=seed, rule=RULE, extra=notes or {})
    counts = {"draws": draws, "tune": tune, "chains": chains, "thin": thin * times, "lengthened": times}
    hyper = {"lambda_shape": prior.shape, "lambda_scale": prior.scale}
    tree.attrs = {**attributes, **counts, "label": _label(candidates), **hyper, **tree.attrs}
    return tree


def _long_enough(run: SourceRun, draws: int, lengthen: int) -> tuple[xr.DataTree, int]:
    """Return draws that pass the gate, or of chains that need not go on, and how many times as long they are."""
    times = 1
    while True:
        kept = run.draws(draws, every=times)
        tree = source_tree(run.chain.candidates, kept, widths=run.chain.views.widths)
        tree.attrs = full_draws(kept["elsewhere_flux"])
        if times == lengthen or kept["rate"].size < _ROOM * Limits().ess:
            return tree, times
        if not 1.0 < source_verdict(tree).times_as_long() < _HOPE * lengthen / times:
            return tree, times
        times *= 2


def _label(candidates: Candidates) -> str:
    label = _NOWHERE_ELSE if candidates.around is None else _ELSEWHERE
    return label + (
        _BEHIND.format(" or ".join(f"{each.width:g}" for each in candidates.behind)) if candidates.behind else ""
    )
