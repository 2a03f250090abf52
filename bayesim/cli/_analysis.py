"""From the mode to the posterior, of sources or of pixels."""

from dataclasses import dataclass
from pathlib import Path

import typer

from bayesim.cli._checks import checked
from bayesim.cli._console import Stopwatch
from bayesim.cli._field import Field
from bayesim.cli._options import SkyModel
from bayesim.cli._posterior import Posterior, draw_pixels
from bayesim.cli._solve import leave_the_grid
from bayesim.cli._sources import draw_sources
from bayesim.solvers import PointSources, Solution

__all__ = ["Sampling", "sampled"]


@dataclass(frozen=True)
class Sampling:
    """What is drawn, and how often.

    Raises
    ------
    typer.BadParameter
        An option does not go with the sky.
    """

    sky: SkyModel = SkyModel.SOURCES
    infer_lambda: bool = True
    draws: int = 1000
    tune: int | None = None
    chains: int = 4
    lengthen: int | None = None
    seed: int = 1
    background: bool | None = None
    faint: bool = False
    checkpoint: Path | None = None

    def __post_init__(self) -> None:
        sources = self.sky is SkyModel.SOURCES
        if sources and not self.infer_lambda:
            raise typer.BadParameter("--fix-lambda holds the rate of pixels: use it with --sky pixels")
        if self.faint and not sources:
            raise typer.BadParameter("--faint draws more sources: leave it out with --sky pixels")
        if self.background is not None and not sources:
            raise typer.BadParameter("--background is of sources: leave it out with --sky pixels")
        if self.faint and self.background:
            raise typer.BadParameter("--faint draws points alone: use it with --no-background")
        if self.lengthen is not None and not sources:
            raise typer.BadParameter("--lengthen is of chains of sources: give more --draws with --sky pixels")
        if self.lengthen is not None and self.lengthen & (self.lengthen - 1):
            raise typer.BadParameter(f"--lengthen {self.lengthen} is no power of two: take 1, 2, 4, 8, ...")
        if self.checkpoint is not None and not sources:
            raise typer.BadParameter("--checkpoint keeps draws of sources: leave it out with --sky pixels")


def sampled(
    field: Field, solution: Solution, sampling: Sampling, *, clock: Stopwatch
) -> tuple[Posterior, PointSources | None]:
    """Return the posterior with the checks of it, and the fit off the grid where it is of sources."""
    posterior, points = _drawn(field, solution, sampling, clock=clock)
    return checked(field, solution, posterior, seed=sampling.seed, clock=clock), points


def _drawn(
    field: Field, solution: Solution, sampling: Sampling, *, clock: Stopwatch
) -> tuple[Posterior, PointSources | None]:
    if sampling.sky is SkyModel.PIXELS:
        return draw_pixels(
            field,
            solution,
            infer_lambda=sampling.infer_lambda,
            draws=sampling.draws,
            tune=sampling.tune,
            chains=sampling.chains,
            seed=sampling.seed,
            clock=clock,
        ), None
    points = leave_the_grid(field, solution, clock=clock)
    posterior = draw_sources(
        field,
        solution,
        points,
        draws=sampling.draws,
        tune=sampling.tune,
        chains=sampling.chains,
        lengthen=sampling.lengthen,
        seed=sampling.seed,
        clock=clock,
        background=sampling.background,
        faint=sampling.faint,
        checkpoint=sampling.checkpoint,
    )
    return posterior, points
