"""The posterior of the image: the default model of the command line, sampled from the mode."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesim.cli._console import Stopwatch, say, threads
from bayesim.cli._field import Field
from bayesim.errors import ModelError
from bayesim.operators import Coplanar
from bayesim.priors import HalfCauchyRate, NoiseScale, PositiveLaplace
from bayesim.solvers import Solution

if TYPE_CHECKING:
    from bayesim.samplers import Verdict

__all__ = ["Posterior", "draw"]

_FULL_GRID = 32 * 32
"""Pixels up to which every one of them is sampled. Beyond, an exponential prior on mostly empty pixels puts flux
into all of them and drags every source along (docs/decisions/0005), so the provable saturation set is sampled."""


_TARGET_ACCEPT = 0.9
"""With 0.8, 5 of 4 000 draws diverged on a source of SNR 3 500 split over pixels (3C273); none with 0.9."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws and what may be said of them."""

    tree: Any
    verdict: "Verdict"
    label: str


def draw(
    field: Field,
    solution: Solution,
    *,
    infer_lambda: bool,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    clock: Stopwatch,
) -> Posterior:
    """Sample image, noise scale and (if it is inferred) lambda, starting at the mode."""
    # PyMC takes seconds to import, and only this command needs it
    import pymc as pm

    from bayesim.samplers import judge, nuts, start

    with clock.stage("sample"):
        likelihood, dims = _likelihood(field, solution)
        with pm.Model(coords=likelihood.coords) as model:
            noise_scale = NoiseScale().variable("noise_scale")
            scale = np.sqrt(field.equations.sum_weight)
            rate = HalfCauchyRate(scale).variable("lambda") if infer_lambda else solution.rate
            image = PositiveLaplace(rate).variable("image", dims=dims)
            likelihood.observe("data", image, noise_scale=noise_scale)
        pixels = int(np.prod([len(likelihood.coords[name]) for name in dims]))
        say(f"sampling {pixels} pixels, {chains} chains of {tune} + {draws} draws")
        notes = {"likelihood": likelihood.label, "data_hash": field.vis.digest, "gap": solution.gap}
        tree = nuts.sample(
            model,
            seed=seed,
            start=start(solution, model),
            draws=draws,
            tune=tune,
            chains=chains,
            cores=min(chains, threads()),
            target_accept=_TARGET_ACCEPT,
            notes=notes,
        )
        verdict = judge(tree)
    say(
        f"posterior {verdict.headline} (R-hat up to {verdict.rhat_max:.3f}, effective sample size from "
        f"{min(verdict.ess_bulk_min, verdict.ess_tail_min):.0f}, {verdict.divergences} divergences)"
    )
    return Posterior(tree, verdict, likelihood.label)


def _likelihood(field: Field, solution: Solution) -> tuple[Any, tuple[str, ...]]:
    from bayesim.likelihoods import ImagePlane, Support

    if isinstance(field.equations, Coplanar) and field.grid.size <= _FULL_GRID:
        return ImagePlane(field.equations.statistics), ("m", "l")
    indices = np.flatnonzero(solution.saturation)
    if not indices.size:
        raise ModelError("nothing stands out of the noise: lower --threshold or --alpha to have something to sample")
    return Support(field.equations, indices, solution.image.ravel()[indices]), ("pixel",)
