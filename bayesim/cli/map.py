"""``bayesim map FILE``: the most probable sky, with the proof of how probable."""

from pathlib import Path
from typing import Annotated

import typer

from bayesim.cli._console import Stopwatch, gentle_warnings
from bayesim.cli._options import (
    Alpha,
    BeamName,
    Cell,
    Checkpoint,
    Fov,
    Gap,
    Json,
    Npix,
    Out,
    Overwrite,
    Points,
    Regions,
    RegularisationPath,
    Report,
    RestoringBeam,
    Signed,
    Strict,
    Threshold,
)

__all__ = ["map_"]


def map_(
    file: Annotated[Path, typer.Argument(help="UVFITS, Measurement Set, npz or csv.")],
    *,
    fov: Fov = None,
    npix: Npix = None,
    cell: Cell = None,
    alpha: Alpha = None,
    threshold: Threshold = 4.0,
    signed: Signed = False,
    gap: Gap = 1e-4,
    out: Out = None,
    overwrite: Overwrite = False,
    beam: RestoringBeam = BeamName.CLEAN,
    points: Points = False,
    regions: Regions = False,
    path: RegularisationPath = False,
    checkpoint: Checkpoint = None,
    report: Report = True,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Find the maximum a posteriori sky with its dual certificate, and write maps, catalogue and report."""
    # the rooms take seconds to import; --help and a wrong option must not wait for them
    from bayesim.cli._certificate import prove
    from bayesim.cli._field import load, plan_grid, prepare
    from bayesim.cli._finish import finish
    from bayesim.cli._output import claim, free_folder
    from bayesim.cli._result import Result, restoring
    from bayesim.cli._solve import SHARP, leave_the_grid, solve, walk

    clock = Stopwatch()
    with gentle_warnings():
        folder = claim(free_folder(Path(f"{file.stem}-map")) if out is None else out, overwrite=overwrite)
        vis = load(file, clock=clock)
        field = prepare(vis, plan_grid(vis, fov=fov, npix=npix, cell=cell), clock=clock)
        solution, refit = solve(
            field, alpha=alpha, threshold=threshold, signed=signed, gap=gap, radius=SHARP if regions else None,
            clock=clock, checkpoint=checkpoint,
        )  # fmt: skip
        result = Result(
            field,
            solution,
            refit,
            restoring(field, solution, beam, compare=report, clock=clock),
            points=leave_the_grid(field, solution, clock=clock) if points else None,
            proven=prove(field, solution, refit, clock=clock) if regions else None,
            path=walk(field, solution, signed=signed, gap=gap, clock=clock) if path else (),
        )
        finish(result, folder=folder, clock=clock, json=json, strict=strict, report=report)
    if checkpoint is not None and solution.converged:
        checkpoint.unlink(missing_ok=True)
