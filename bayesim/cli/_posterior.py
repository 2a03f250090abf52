"""The posterior of pixels: an exponential prior with inferred lambda, sampled from the mode."""

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
    from bayesim.cli._checks import Checks
    from bayesim.samplers import Verdict

__all__ = ["Posterior", "announce", "draw_pixels"]

_FULL_GRID = 32 * 32
"""Pixels up to which every one of them is sampled. Beyond, an exponential prior on mostly empty pixels puts flux
into all of them and drags every source along (docs/decisions/0005), so the provable saturation set is sampled."""


_TUNE = 1000

_TARGET_ACCEPT = 0.9
"""With 0.8, 5 of 4 000 draws diverged on a source of SNR 3 500 split over pixels (3C273); none with 0.9."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws and what may be said of them; ``image`` holds them as pixels, for maps; ``checks`` come last."""

    tree: Any
    verdict: "Verdict"
    label: str
    image: Any
    checks: "Checks | None" = None

    @property
    def of_sources(self) -> bool:
        """Whether the draws are sources with continuous positions, not pixels."""
        return self.tree is not self.image


def announce(verdict: "Verdict") -> None:
    """Say whether the draws may be believed."""
    numbers = (
        f" (R-hat up to {verdict.rhat_max:.3f}, effective sample size from "
        f"{min(verdict.ess_bulk_min, verdict.ess_tail_min):.0f}, {verdict.divergences} divergences)"
    )
    # a failure names its numbers itself
    say(f"posterior {verdict.headline}{numbers if verdict.passed else ''}")


def draw_pixels(
    field: Field,
    solution: Solution,
    *,
    infer_lambda: bool,
    draws: int,
    tune: int | None,
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
        tune = _TUNE if tune is None else tune
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
    announce(verdict)
    return Posterior(tree, verdict, likelihood.label, tree)


def _likelihood(field: Field, solution: Solution) -> tuple[Any, tuple[str, ...]]:
    from bayesim.likelihoods import ImagePlane, Support

    if isinstance(field.equations, Coplanar) and field.grid.size <= _FULL_GRID:
        return ImagePlane(field.equations.statistics), ("m", "l")
    indices = np.flatnonzero(solution.saturation)
    if not indices.size:
        raise ModelError("nothing stands out of the noise: lower --threshold or --alpha to have something to sample")
    return Support(field.equations, indices, solution.image.ravel()[indices]), ("pixel",)
