"""Gibbs sampler of point sources: which exist, where they are, how bright; with lambda and the noise scale."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import xarray as xr

from bayesim.priors import GammaRate
from bayesim.samplers._first_point import check_counts
from bayesim.samplers._result import provenance
from bayesim.samplers._run import run_digest
from bayesim.samplers._source_chain import SLOTS, Arrays, SourceChain
from bayesim.samplers._source_tree import full_draws, source_tree
from bayesim.samplers.draw_store import DrawStore
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

RULE = "the off-grid fit, fluxes jittered by half the image noise"

_WRITE_EVERY = 10.0
"""Seconds between two writes of a checkpoint, at least."""

_SWEEPS, _SWEEPS_BESIDE_SMOOTH = 4, 8
"""Per draw: the jet of 3C273 and its smooth emission trade flux slowly (smallest ESS of 4000 draws 333 and 586)."""

_BLOCK = 50
"""Draws between two looks at the checkpoint."""


def sample(
    candidates: Candidates,
    *,
    seed: int,
    draws: int = 1000,
    tune: int = 200,
    chains: int = 4,
    thin: int | None = None,
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
    cores : int, optional
        Chains at a time; all processors by default.
    rate : GammaRate, optional
        Hyper-prior of lambda; by default exponential, with the mean at which a source's mean flux is the image noise.
    checkpoint : path, optional
        Folder in which draws are kept; a run that was cut off goes on from it, to the same bits.
    notes : mapping of str to plain values, optional
        Added to the root attributes.

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
        A count is below 1, or the checkpoint is of another run.

    References
    ----------
    Mitchell & Beauchamp 1988, JASA 83, 1023 (spike and slab); Carlin & Chib 1995, JRSS B 57, 473; Geyer & Moller
    1994, Scandinavian Journal of Statistics 21, 359 (births and deaths).
    """
    if thin is None:
        thin = _SWEEPS_BESIDE_SMOOTH if candidates.behind else _SWEEPS
    check_counts(draws=draws, tune=tune, chains=chains, thin=thin)
    prior = GammaRate(1.0, candidates.sum_weight**0.5) if rate is None else rate
    run = _Run(SourceChain(candidates, prior, thin), seed=seed, chains=chains, tune=tune, cores=cores)
    kept = run.draw(draws, checkpoint)
    attributes = provenance(sampler="Gibbs (spike and slab)", seed=seed, rule=RULE, extra=notes or {})
    label = _NOWHERE_ELSE if candidates.around is None else _ELSEWHERE
    if candidates.behind:
        label += _BEHIND.format(" or ".join(f"{each.width:g}" for each in candidates.behind))
    counts = {"draws": draws, "tune": tune, "chains": chains, "thin": thin, "label": label}
    hyper = {"lambda_shape": prior.shape, "lambda_scale": prior.scale}
    tree = source_tree(candidates, kept, widths=run.chain.views.widths)
    tree.attrs = {**attributes, **counts, **hyper, **full_draws(kept["elsewhere_flux"])}
    return tree


class _Run:
    """Chains side by side, in blocks."""

    def __init__(self, chain: SourceChain, *, seed: int, chains: int, tune: int, cores: int | None) -> None:
        self.chain, self.tune = chain, tune
        self.rngs = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(chains)]
        self.pool = ThreadPoolExecutor(min(chains, cores or os.cpu_count() or 1))
        own = chain.candidates
        around = [*(own.around.numbers if own.around else ()), *(x for each in own.behind for x in each.numbers)]
        self.digest = run_digest(
            own.l, own.m, own.spread, own.flux, own.pull, own.gram, own.energy, own.count, own.area, *around,
            chain.rate.shape, chain.rate.scale, chain.thin, seed, chains, tune,
        )  # fmt: skip

    def draw(self, draws: int, folder: str | os.PathLike[str] | None) -> Arrays:
        """Return kept draws, shape (draws, chains, ...), going on from the folder where there is one."""
        store = None if folder is None else DrawStore(folder, run=self.digest, every=_WRITE_EVERY)
        states, done = self._resumed(store)
        parts = []
        while done < self.tune + draws:
            # a block never straddles the end of the tuning, and its length does not depend on where a run was cut
            wanted = min(_BLOCK, self.tune - done if done < self.tune else self.tune + draws - done)
            jobs = [
                self.pool.submit(self.chain.advance, *pair, wanted) for pair in zip(self.rngs, states, strict=True)
            ]
            found = [job.result() for job in jobs]
            done += wanted
            block = {name: np.stack([each[name] for each in found], axis=1) for name in self.chain.shapes}
            if done <= self.tune:
                block = {name: values[:0] for name, values in block.items()}
            if store is None:
                parts.append(block)
            else:
                store.append(block, state=self._stacked(states, done), generators=self.rngs)
        self.pool.shutdown()
        if store is not None:
            store.flush()
            return {name: np.concatenate(list(store.draws(name)))[:draws] for name in self.chain.shapes}
        return {name: np.concatenate([part[name] for part in parts]) for name in self.chain.shapes}

    def _resumed(self, store: DrawStore | None) -> tuple[list[Arrays], int]:
        states = [self.chain.begin(rng) for rng in self.rngs]
        if store is None:
            return states, 0
        none = {name: np.empty((0, len(states), *shape)) for name, shape in self.chain.shapes.items()}
        kept = store.resume(self._stacked(states, 0), none)
        if kept is None:
            return states, 0
        self.rngs = list(kept.generators)
        done = int(kept.state.pop("done"))
        return [{name: values[i].copy() for name, values in kept.state.items()} for i in range(len(states))], done

    def _stacked(self, states: list[Arrays], done: int) -> Arrays:
        stacked = {name: np.stack([state[name] for state in states]) for name in states[0]}
        return {**stacked, "done": np.asarray(done)}
