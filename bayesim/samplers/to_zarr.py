"""Draws of images larger than memory, written to a zarr store while they are made."""

import os
from collections.abc import Mapping
from typing import Any, Unpack

import xarray as xr

from bayesim.priors import GammaRate
from bayesim.samplers._image_draws import attributes
from bayesim.samplers._plan import Length, Plan
from bayesim.samplers._result import stamped
from bayesim.samplers._run import run_digest
from bayesim.samplers._walk import Kernel, Mode, digest, walk
from bayesim.samplers.log_concave import LogConcave
from bayesim.samplers.running import Running
from bayesim.samplers.zarr_store import ZarrStore

__all__ = ["to_zarr"]


def to_zarr(
    path: str | os.PathLike[str],
    problem: LogConcave,
    *,
    kernel: Kernel[Any],
    start: Mode,
    seed: int,
    store: int = 1,
    probabilities: tuple[float, ...] = (0.025, 0.5, 0.975),
    every: float = 10.0,
    notes: Mapping[str, str | int | float] | None = None,
    **length: Unpack[Length],
) -> xr.DataTree:
    """Run a sampler of images, its draws to disk and their summaries in memory.

    Parameters
    ----------
    path : path
        Folder of the store, such as ``"sky.zarr"``; any program that reads zarr 3 can read it, during the run too.
        The same call after a kill goes on where it was, to the same bits, by ``sky.zarr.state`` beside it.
    problem, start, seed, notes, **length
        As for :func:`bayesim.samplers.skrock.sample`; at least 20 steps of tuning.
    kernel : SkRock, PxMala or ImageGibbs
        The sampler.
    store : int
        Every ``store``-th draw is written.
    probabilities : tuple of float
        Of the quantiles, inside (0, 1).
    every : float
        Seconds from one write to the next, at least.

    Returns
    -------
    DataTree
        As of :func:`~bayesim.samplers.streamed`, ``posterior`` and ``summary``, read from the store piece by piece
        as it is used; the maps of a posterior take it as it is. The root attributes ``thin`` and ``stored_every``
        say which steps the draws are.

    Raises
    ------
    ModelError, GridError
        As there.
    DataError
        The parent of the folder does not exist, or the folder holds something else.
    FormatError
        The store is damaged.
    MissingExtraError
        zarr is not installed: it comes with ``bayesim[zarr]``.

    Notes
    -----
    Memory does not grow with ``draws``: 64 MiB of draws that wait, what :func:`~bayesim.samplers.streamed` keeps for
    its summaries, and a few images per chain.
    """
    plan, grid = Plan(seed=seed, **length), problem.equations.grid
    tally = Running(plan, grid.shape, store=store, probabilities=probabilities, in_memory=False)
    about = {**attributes(problem, kernel, plan, notes), "stored_every": store}
    said = stamped(xr.DataTree(), grid=grid, attributes=about).attrs
    inferred = {"rate": "lambda"} if isinstance(problem.rate, GammaRate) else {}
    folder = ZarrStore(
        path,
        run=run_digest(digest(problem, kernel, plan, start), plan.draws, store),
        grid=grid,
        names={"image": "image", **inferred},
        step=store,
        attributes={str(name): value for name, value in said.items()},
        every=every,
    )
    walk(problem, kernel, plan, start=start, tally=tally, keep=folder)
    folder.add_group("summary", tally.summary(grid))
    return xr.open_datatree(path, engine="zarr", chunks=None)
