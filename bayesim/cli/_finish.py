"""The end of a run: maps, tables, draws, figures, report, summary, and the exit code."""

from pathlib import Path
from typing import Any

import numpy as np
import typer
from astropy.table import Table

from bayesim import __version__, maps
from bayesim.cli._checks import check_tables
from bayesim.cli._console import Stopwatch, say, table
from bayesim.cli._output import as_json, remove_former, write_maps, write_summary, write_tables
from bayesim.cli._planes import pixel_planes, planes
from bayesim.cli._result import Result
from bayesim.cli._summary import describe, peak_memory
from bayesim.maps import Map
from bayesim.solvers.candidates import LISTED

__all__ = ["finish", "leave"]

_NOT_CONVERGED = 3
"""Exit code under ``--strict``."""


def finish(result: Result, *, folder: Path, clock: Stopwatch, json: bool, strict: bool, report: bool = True) -> None:
    """Write everything a run has to show.

    Raises
    ------
    typer.Exit
        Code 3, under ``strict``, when the mode or the posterior did not converge.
    """
    with clock.stage("write"):
        folder.mkdir(parents=True, exist_ok=True)
        shown, tables = planes(result), _tables(result)
        files = _write_results(folder, result, planes={**shown, **pixel_planes(result)}, tables=tables)
    summary: dict[str, Any] = {**describe(result), "sources": _counted(tables["catalogue"])}
    if report:
        with clock.stage("report"):
            files += _report(folder, result, summary=_timed(summary, clock), planes=shown, tables=tables)
    summary = {**_timed(summary, clock), "files": sorted(files)}
    # what an earlier run left in this folder would not belong to these results
    remove_former(folder, kept=files)
    write_summary(folder, summary)
    _conclude(summary, folder, json=json)
    leave(result, strict=strict)


def leave(result: Result, *, strict: bool) -> None:
    """Exit with code 3, under ``strict``, where the mode or the posterior did not converge."""
    if strict and not result.converged:
        raise typer.Exit(_NOT_CONVERGED)


def _counted(catalogue: Table) -> int:
    """Return the number of sources, without rows that are upper limits."""
    chance = np.asarray(catalogue["probability"], dtype=float)
    return int(np.count_nonzero(~(chance <= LISTED)) if "left_out" in catalogue.meta else len(catalogue))


def _tables(result: Result) -> dict[str, Table]:
    tables = {"catalogue": _catalogue(result)}
    if result.points is not None:
        tables["points"] = maps.point_catalogue(result.points)
    if result.proven is not None:
        tables |= {"regions": result.proven.regions, "positions": result.proven.positions}
    if result.posterior is not None and result.posterior.checks is not None:
        tables |= check_tables(result.posterior.checks)
    if result.path:
        tables["path"] = maps.path_table(result.path)
    return tables


def _catalogue(result: Result) -> Table:
    posterior, centre = result.posterior, result.field.vis.phase_centre
    if posterior is not None and posterior.of_sources:
        return maps.source_catalogue(posterior.tree, solution=result.solution, phase_centre=centre)
    return maps.catalogue(
        result.solution,
        None if posterior is None else posterior.tree,
        refit=result.refit,
        beam=result.field.beam,
        phase_centre=centre,
    )


def _write_results(folder: Path, result: Result, *, planes: dict[str, Map], tables: dict[str, Table]) -> list[str]:
    """Write maps, tables and draws, and return the names of the files."""
    solution, vis = result.solution, result.field.vis
    history = [
        f"bayesim {__version__}",
        f"data sha256 {vis.digest}",
        f"lambda {solution.rate:.6g} /Jy, relative gap {solution.relative_gap:.2e}",
    ]
    files = write_maps(folder, planes, object_name=vis.account.source, history=history)
    files += write_tables(folder, tables)
    if result.posterior is not None:
        # PyMC's neighbours take seconds to import, and a mode needs none of them
        from bayesim.samplers import write_draws

        write_draws(result.posterior.tree, folder / "posterior.nc")
        files.append("posterior.nc")
    return files


def _report(
    folder: Path, result: Result, *, summary: dict[str, Any], planes: dict[str, Map], tables: dict[str, Table]
) -> list[str]:
    # matplotlib takes a second to import, and a run without pictures needs none of it
    from bayesim.cli._figures import figures, proofs, write_pictures
    from bayesim.report import picture_of_map, write_report

    proven, drawn = proofs(result), figures(result, sources=tables["catalogue"])
    pictures = {name: picture_of_map(map_) for name, map_ in planes.items()}
    files = write_pictures(folder, {**pictures, **proven, **drawn})
    page, sources = folder / "report.html", tables["catalogue"]
    write_report(page, summary=summary, maps=pictures, proofs=proven, figures=drawn, catalogue=sources)
    return [*files, page.name]


def _timed(summary: dict[str, Any], clock: Stopwatch) -> dict[str, Any]:
    return {**summary, "seconds": dict(clock.seconds), "peak_memory_MiB": peak_memory()}


def _conclude(summary: dict[str, Any], folder: Path, *, json: bool) -> None:
    seconds = ", ".join(f"{stage} {value:.1f}" for stage, value in summary["seconds"].items())
    rows = {"sources": summary["sources"], "seconds": seconds, "verdict": summary.get("verdict", summary["reason"])}
    if "checks" in summary:
        rows["checks"] = ("" if summary["checks"]["passed"] else "warning: ") + summary["checks"]["sentence"]
    if "remedy" in summary:
        rows["what to do"] = summary["remedy"]
    table("", rows)
    first = "report.html" if "report.html" in summary["files"] else "catalogue.ecsv"
    # the summary is not in its own list
    say(f"results: {folder}/{first} and {len(summary['files'])} other files")
    if json:
        typer.echo(as_json(summary))
