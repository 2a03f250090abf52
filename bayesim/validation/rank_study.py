"""Simulation-based calibration of any sampler: truths from the prior, their ranks among posterior draws."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers.gate import Limits, Verdict, judge

__all__ = ["rank_study"]

Floats = NDArray[np.float64]

Simulate = Callable[[int], tuple[Mapping[str, float], Any]]
Sample = Callable[[Any, int], xr.DataTree]


def rank_study(
    simulate: Simulate,
    sample: Sample,
    *,
    replicates: int,
    seed: int,
    kept: int = 99,
    limits: Limits | None = None,
) -> xr.Dataset:
    """Draw a truth and data, sample its posterior, rank the truth, and do it again.

    If data and posterior belong to one joint density and the sampler is right, the rank of every quantity is
    uniform on ``0, ..., kept``, whatever the prior.

    Parameters
    ----------
    simulate : callable
        ``simulate(seed) -> (truth, data)``: the test quantities by name (scalars, any unit; the log-likelihood of
        the truth is a good one) of a draw from the prior, and data drawn given it.
    sample : callable
        ``sample(data, seed) -> DataTree`` whose posterior holds the same scalars, dims (chain, draw).
    replicates : int
        Truths, at least 2.
    seed : int
        Of all truths, data and chains.
    kept : int
        Draws a truth is compared with, evenly spaced in the chains so that they are nearly independent.
    limits : Limits, optional
        Gate of each replicate; by default R-hat 1.05, ``kept`` effective draws, no divergence, E-BFMI 0.2: chains
        are short because there are many.

    Returns
    -------
    Dataset
        ``rank`` (quantity, replicate): kept draws below the truth, ties at random; ``truth``, same dims;
        ``passed`` and ``headline`` (replicate): the gate. Attributes ``kept``, ``seed``, ``failed``. A replicate
        that fails stays: leaving out what was hard to sample would bend the ranks of the rest.

    Raises
    ------
    ModelError
        Fewer than 2 replicates, fewer draws than ``kept``, a quantity that is not a scalar of the posterior, or one
        that is not finite.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari & Gelman 2018 (arXiv:1804.06788); Modrak et al. 2023 (Bayesian Analysis) for
    the log-likelihood as a quantity, without which a sampler that returns the prior passes.
    """
    if replicates < 2:
        raise ModelError(f"replicates {replicates} must be at least 2: one rank has no distribution (100 or more)")
    bars = Limits(rhat=1.05, ess=float(kept), ebfmi=0.2) if limits is None else limits
    seeds = np.random.SeedSequence(seed).generate_state(3 * replicates).reshape(replicates, 3)
    rows = [_replicate(simulate, sample, (int(a), int(b), int(c)), kept, bars) for a, b, c in seeds]
    names = list(rows[0][0])
    values = {
        "rank": (("quantity", "replicate"), np.array([[ranks[name] for ranks, _, _ in rows] for name in names])),
        "truth": (
            ("quantity", "replicate"),
            np.array([[float(truth[name]) for _, truth, _ in rows] for name in names]),
        ),
        "passed": ("replicate", np.array([verdict.passed for *_, verdict in rows])),
        "headline": ("replicate", np.array([verdict.headline for *_, verdict in rows])),
    }
    failed = sum(not verdict.passed for *_, verdict in rows)
    return xr.Dataset(values, {"quantity": names}, {"kept": kept, "seed": seed, "failed": failed})


def _replicate(
    simulate: Simulate, sample: Sample, seeds: tuple[int, int, int], kept: int, bars: Limits
) -> tuple[dict[str, int], Mapping[str, float], Verdict]:
    truth, data = simulate(seeds[0])
    tree = sample(data, seeds[1])
    verdict = judge(tree, limits=bars, names=tuple(truth))
    rng, posterior = np.random.default_rng(seeds[2]), tree["posterior"]
    return {name: _rank(name, value, posterior[name], kept, rng) for name, value in truth.items()}, truth, verdict


def _rank(name: str, truth: float, draws: Any, kept: int, rng: np.random.Generator) -> int:
    """Return how many of the kept draws lie below the truth; of those equal to it, a random number."""
    if set(draws.dims) != {"chain", "draw"}:
        raise ModelError(f"{name} has dims {draws.dims}: a test quantity is a scalar, dims (chain, draw)")
    flat = np.asarray(draws.transpose("chain", "draw").values, dtype=np.float64).ravel()
    if flat.size < kept:
        raise ModelError(f"{flat.size} draws of {name} are fewer than kept = {kept}: draw more or keep fewer")
    few = flat[(np.arange(kept) * flat.size) // kept]
    if not (np.isfinite(truth) and np.isfinite(few).all()):
        raise ModelError(f"{name} is not finite (truth {truth}): it has no rank")
    equal = int(np.count_nonzero(few == truth))
    return int(np.count_nonzero(few < truth)) + int(rng.integers(0, equal + 1))
