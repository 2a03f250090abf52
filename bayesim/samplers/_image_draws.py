"""Draws of images, collected in memory or on disk, as a DataTree on sky coordinates."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayesim.priors import GammaRate
from bayesim.samplers._plan import Plan
from bayesim.samplers._result import provenance, stamped
from bayesim.samplers._walk import Draws, Floats, Kernel, Mode, State, digest, walk
from bayesim.samplers.draw_store import DrawStore
from bayesim.samplers.log_concave import LogConcave

__all__ = ["RULE", "Everything", "attributes", "collected"]

RULE = "the mode, with normal jitter of 1/sqrt(largest eigenvalue of A'WA) in every pixel"
"""Where chains begin, as a sentence."""


class Everything:
    """Keeps every draw: in memory, or on disk where there is a checkpoint."""

    def __init__(self, *, in_memory: bool) -> None:
        self.arrays: State = {}
        self.in_memory = in_memory
        self.held: list[State] = []

    def nothing(self, images: Floats) -> State:
        """Return empty arrays."""
        chains = np.empty((0, len(images)))
        return {"image": np.empty((0, *images.shape)), "rate": chains, "note": chains}

    def tune(self, draws: Draws) -> None:
        """Forget it."""
        self.held.clear()

    def take(self, draws: Draws) -> State:
        """Keep it."""
        new = {"image": draws.image[None], "rate": draws.rate[None], "note": draws.note[None]}
        if self.in_memory:
            self.held.append(new)
        return new


def collected(
    problem: LogConcave,
    kernel: Kernel[Any],
    plan: Plan,
    *,
    start: Mode,
    keep: str | os.PathLike[str] | None,
    notes: Mapping[str, str | int | float] | None,
) -> xr.DataTree:
    """Run the chains and return all their draws."""
    run = None if keep is None else DrawStore(keep, run=digest(problem, kernel, plan, start))
    tally = Everything(in_memory=run is None)
    walk(problem, kernel, plan, start=start, tally=tally, keep=run)
    found = {
        part: np.concatenate([new[part] for new in tally.held] if run is None else list(run.draws(part)))[
            : plan.draws
        ]
        for part in ("image", "rate", "note")
    }
    grid, dims = problem.equations.grid, ("chain", "draw", "m", "l")
    where = {"chain": np.arange(plan.chains), "draw": np.arange(plan.draws)}
    posterior = xr.Dataset({"image": (dims, np.moveaxis(found["image"], 1, 0))}, {**where, **grid.coords})
    if isinstance(problem.rate, GammaRate):
        posterior["lambda"] = (dims[:2], found["rate"].T)
    stats = xr.Dataset({kernel.notes: (dims[:2], found["note"].T)}, where)
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})
    return stamped(tree, grid=grid, attributes=attributes(problem, kernel, plan, notes))


def attributes(
    problem: LogConcave, kernel: Kernel[Any], plan: Plan, notes: Mapping[str, str | int | float] | None
) -> dict[str, Any]:
    """Return the root attributes: provenance, counts, prior and what was approximated."""
    if isinstance(problem.rate, GammaRate):
        rate, said = problem.rate.scale, f"lambda inferred under {problem.rate}"
    else:
        rate, said = problem.rate, f"lambda = {problem.rate:.6g} /Jy"
    counts = {"draws": plan.draws, "tune": plan.tune, "thin": plan.thin, "chains": plan.chains}
    approximation = kernel.label(kernel.at(problem, rate))
    about = {"prior": f"{type(problem.make(1.0)).__name__}, {said}", "approximation": approximation}
    return provenance(sampler=kernel.name, seed=plan.seed, rule=RULE, extra={**counts, **about, **(notes or {})})
