"""``bayesim image FILE``: the sky with its uncertainty."""

from pathlib import Path
from typing import Annotated

import typer

from bayesim.cli._console import Stopwatch, gentle_warnings
from bayesim.cli._options import (
    Alpha,
    Background,
    BeamName,
    Cell,
    ChainCheckpoint,
    Chains,
    Draws,
    Faint,
    Fov,
    Gap,
    InferLambda,
    Json,
    Lengthen,
    Npix,
    Out,
    Overwrite,
    RestoringBeam,
    Seed,
    Sky,
    SkyModel,
    Strict,
    Threshold,
    Tune,
)

__all__ = ["image"]


def image(
    file: Annotated[Path, typer.Argument(help="UVFITS, Measurement Set, npz or csv.")],
    *,
    fov: Fov = None,
    npix: Npix = None,
    cell: Cell = None,
    alpha: Alpha = None,
    threshold: Threshold = 4.0,
    gap: Gap = 1e-6,
    beam: RestoringBeam = BeamName.CLEAN,
    sky: Sky = SkyModel.SOURCES,
    infer_lambda: InferLambda = True,
    draws: Draws = 1000,
    tune: Tune = None,
    chains: Chains = 4,
    lengthen: Lengthen = None,
    seed: Seed = 1,
    background: Background = None,
    faint: Faint = False,
    checkpoint: ChainCheckpoint = None,
    out: Out = None,
    overwrite: Overwrite = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Sample the posterior of the sky from its mode, and write maps, catalogue, draws and report."""
    # the rooms take seconds to import; --help and a wrong option must not wait for them
    from bayesim.cli._analysis import Sampling, sampled
    from bayesim.cli._certificate import prove
    from bayesim.cli._field import load, plan_grid, prepare
    from bayesim.cli._finish import finish, leave
    from bayesim.cli._output import claim, free_folder
    from bayesim.cli._result import Result, restoring
    from bayesim.cli._solve import SHARP, solve
    from bayesim.cli._sources import forget

    clock = Stopwatch()
    sampling = Sampling(sky, infer_lambda, draws, tune, chains, lengthen, seed, background, faint, checkpoint)
    with gentle_warnings():
        folder = claim(free_folder(Path(f"{file.stem}-image")) if out is None else out, overwrite=overwrite)
        vis = load(file, clock=clock)
        field = prepare(vis, plan_grid(vis, fov=fov, npix=npix, cell=cell), clock=clock)
        solution, refit = solve(field, alpha=alpha, threshold=threshold, gap=gap, radius=SHARP, clock=clock)
        proven = prove(field, solution, refit, clock=clock)
        posterior, points = sampled(field, solution, sampling, clock=clock)
        beams = restoring(field, solution, beam, compare=True, clock=clock)
        result = Result(field, solution, refit, beams, posterior=posterior, points=points, proven=proven)
        finish(result, folder=folder, clock=clock, json=json, strict=False)
        forget(checkpoint)
    leave(result, strict=strict)
