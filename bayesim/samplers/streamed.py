"""Draws of large images, of which summaries and a few draws stay in memory."""

import os
from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np
import xarray as xr

from bayesim.priors import GammaRate
from bayesim.samplers._image_draws import attributes
from bayesim.samplers._plan import Length, Plan
from bayesim.samplers._result import stamped
from bayesim.samplers._run import run_digest
from bayesim.samplers._walk import Kernel, Mode, digest, walk
from bayesim.samplers.draw_store import DrawStore
from bayesim.samplers.log_concave import LogConcave
from bayesim.samplers.running import Running

__all__ = ["streamed"]


def streamed(
    problem: LogConcave,
    *,
    kernel: Kernel[Any],
    start: Mode,
    seed: int,
    store: int = 50,
    probabilities: tuple[float, ...] = (0.025, 0.5, 0.975),
    keep: str | os.PathLike[str] | None = None,
    notes: Mapping[str, str | int | float] | None = None,
    **length: Unpack[Length],
) -> xr.DataTree:
    """Run a sampler of images and return summaries of all draws and a few of the draws.

    Parameters
    ----------
    problem, start, seed, keep, notes, **length
        As for :func:`bayesim.samplers.skrock.sample`; at least 20 steps of tuning, whose second half fixes the bins
        of the histograms. A run cannot be lengthened afterwards.
    kernel : SkRock, PxMala or ImageGibbs
        The sampler.
    store : int
        Every ``store``-th draw goes into ``posterior``.
    probabilities : tuple of float
        Of the quantiles, inside (0, 1).

    Returns
    -------
    DataTree
        ``summary``: ``mean``, ``sd``, ``quantile`` (probability, m, l) in Jy/pixel, ``ess`` by batch means and
        classical ``rhat`` of every pixel; ``posterior``: the stored draws, with their number in the coordinate
        ``draw``.

    Raises
    ------
    ModelError, GridError
        As there; a probability lies outside (0, 1) or the tuning is too short.
    """
    plan, grid = Plan(seed=seed, **length), problem.equations.grid
    tally = Running(plan, grid.shape, store=store, probabilities=probabilities, in_memory=keep is None)
    run = run_digest(digest(problem, kernel, plan, start), plan.draws, store)
    folder = None if keep is None else DrawStore(keep, run=run)
    walk(problem, kernel, plan, start=start, tally=tally, keep=folder)
    parts = {
        name: np.concatenate([new[name] for new in tally.held] if folder is None else list(folder.draws(name)))
        for name in ("image", "rate")
    }
    where = {"chain": np.arange(plan.chains), "draw": np.arange(0, plan.draws, store), **grid.coords}
    image = (("chain", "draw", "m", "l"), np.moveaxis(parts["image"], 1, 0))
    posterior = xr.Dataset({"image": image}, where)
    if isinstance(problem.rate, GammaRate):
        posterior["lambda"] = (("chain", "draw"), parts["rate"].T)
    tree = xr.DataTree.from_dict({"posterior": posterior, "summary": tally.summary(grid)})
    about = {**attributes(problem, kernel, plan, notes), "stored_every": store}
    return stamped(tree, grid=grid, attributes=about)
