"""The end of a run: maps, catalogue, draws, figures, report, summary, and the exit code."""

from pathlib import Path
from typing import Any

import typer
from astropy.table import Table

from bayesim import maps
from bayesim.cli._console import Stopwatch, say, table
from bayesim.cli._field import Field
from bayesim.cli._output import as_json, write_maps, write_summary
from bayesim.cli._posterior import Posterior
from bayesim.cli._summary import (
    describe_data,
    describe_points,
    describe_posterior,
    describe_solution,
    peak_memory,
    versions,
)
from bayesim.maps import Beam, Map
from bayesim.maps._atomic import replacing
from bayesim.solvers import PointSources, Refit, Solution

__all__ = ["finish"]

NOT_CONVERGED = 3
"""Exit code under ``--strict``."""

_DETECTION = 3.0
"""Noise of the image above which a pixel's flux counts as detected."""

_SHORT_NAMES = {"mean": "mean", "sd": "sd", "low": "hdi_low", "high": "hdi_high"}


def finish(
    field: Field,
    solution: Solution,
    *,
    refit: Refit | None,
    posterior: Posterior | None,
    folder: Path,
    clock: Stopwatch,
    json: bool,
    strict: bool,
    points: PointSources | None = None,
    report: bool = True,
    truth: Table | None = None,
) -> Table:
    """Write everything a run has to show, and return its catalogue.

    Raises
    ------
    typer.Exit
        Code 3, under ``strict``, when the mode or the posterior did not converge.
    """
    with clock.stage("write"):
        folder.mkdir(parents=True, exist_ok=True)
        planes = _planes(field, solution, posterior, beam=field.beam)
        sources = maps.catalogue(
            solution,
            None if posterior is None else posterior.tree,
            refit=refit,
            beam=field.beam,
            phase_centre=field.vis.phase_centre,
        )
        every = {**planes, **_pixel_planes(field, solution, posterior)}
        _write_results(folder, field, solution, posterior=posterior, planes=every, sources=sources, points=points)
    summary = _summary(field, solution, posterior, sources=sources, points=points, clock=clock)
    for name, made in (("report.html", report), ("points.ecsv", points is not None)):
        if not made:
            # left by an earlier run in this folder, it would not belong to these results
            (folder / name).unlink(missing_ok=True)
    if report:
        with clock.stage("report"):
            _report(field, solution, posterior, folder=folder, summary=summary, planes=planes, sources=sources,
                    truth=truth)  # fmt: skip
        summary["seconds"] = clock.seconds
    write_summary(folder, summary)
    _conclude(summary, folder, json=json)
    if strict and not (solution.converged and (posterior is None or posterior.verdict.passed)):
        raise typer.Exit(NOT_CONVERGED)
    return sources


def _report(
    field: Field,
    solution: Solution,
    posterior: Posterior | None,
    *,
    folder: Path,
    summary: dict[str, Any],
    planes: dict[str, Map],
    sources: Table,
    truth: Table | None,
) -> None:
    # matplotlib takes a second to import, and a run without pictures needs none of it
    from bayesim.cli._figures import figures, write_pictures
    from bayesim.report import picture_of_map, write_report

    drawn = figures(field, solution, posterior, sources=sources, truth=truth, beam=field.beam)
    pictures = {name: picture_of_map(map_) for name, map_ in planes.items()}
    write_pictures(folder, {**pictures, **drawn})
    write_report(folder / "report.html", summary=summary, maps=pictures, figures=drawn, catalogue=sources)


def _planes(field: Field, solution: Solution, posterior: Posterior | None, *, beam: Beam) -> dict[str, Map]:
    """Return the maps of the report, the most telling first."""
    centre = field.vis.phase_centre
    planes = {
        "restored": maps.restored(solution, beam, phase_centre=centre),
        "certificate": maps.certificate(solution, phase_centre=centre),
        "residual": maps.residual(solution, beam=beam, phase_centre=centre),
        "dirty": maps.dirty(field.equations, beam=beam, phase_centre=centre),
    }
    if posterior is None:
        return planes
    seen = maps.restored_posterior(posterior.tree, field.grid, beam, phase_centre=centre)
    return {"restored_mean": seen.mean, "restored_sd": seen.sd, **planes}


def _pixel_planes(field: Field, solution: Solution, posterior: Posterior | None) -> dict[str, Map]:
    """Return the maps pixel by pixel: for software, as they are too sharp for the eye."""
    centre = field.vis.phase_centre
    model = {"map": maps.model(solution, phase_centre=centre)}
    if posterior is None:
        return model
    scale = float(posterior.tree["posterior"]["noise_scale"].median())
    threshold = _DETECTION * scale * solution.sigma_image
    spread = maps.uncertainty(posterior.tree, field.grid, threshold=threshold, phase_centre=centre)
    names = {name: name.removeprefix("posterior_") for name in spread.maps}
    return {**model, **{_SHORT_NAMES.get(short, short): spread.maps[name] for name, short in names.items()}}


def _write_results(
    folder: Path,
    field: Field,
    solution: Solution,
    *,
    posterior: Posterior | None,
    planes: dict[str, Map],
    sources: Table,
    points: PointSources | None,
) -> None:
    history = [
        f"bayesim {versions()['bayesim']}",
        f"data sha256 {field.vis.digest}",
        f"lambda {solution.rate:.6g} /Jy, relative gap {solution.relative_gap:.2e}",
    ]
    write_maps(folder, planes, object_name=field.vis.account.source, history=history)
    maps.write_catalogue(sources, folder / "catalogue.ecsv")
    if points is not None:
        maps.write_catalogue(maps.point_catalogue(points), folder / "points.ecsv")
    if posterior is not None:
        with replacing(folder / "posterior.nc") as partial:
            posterior.tree.to_netcdf(partial)


def _summary(
    field: Field,
    solution: Solution,
    posterior: Posterior | None,
    *,
    sources: Table,
    points: PointSources | None,
    clock: Stopwatch,
) -> dict[str, Any]:
    fitted = {} if points is None else describe_points(points)
    sampled = {} if posterior is None else describe_posterior(posterior)
    return {
        **describe_data(field),
        **describe_solution(solution),
        **fitted,
        **sampled,
        "sources": len(sources),
        "seconds": clock.seconds,
        "peak_memory_MiB": peak_memory(),
        "versions": versions(),
    }


def _conclude(summary: dict[str, Any], folder: Path, *, json: bool) -> None:
    seconds = ", ".join(f"{stage} {value:.1f}" for stage, value in summary["seconds"].items())
    rows = {"sources": summary["sources"], "seconds": seconds, "verdict": summary.get("verdict", summary["reason"])}
    table("", rows)
    first = "report.html" if (folder / "report.html").exists() else "catalogue.ecsv"
    say(f"results: {folder}/{first} and {sum(1 for _ in folder.iterdir()) - 1} other files")
    if json:
        typer.echo(as_json(summary))
