"""``bayesim demo``: a simulated observation through the whole job, truth beside posterior."""

from pathlib import Path
from typing import Any

import numpy as np
import typer
from astropy.table import Table
from rich.table import Table as Sheet

from bayesim.cli._console import Stopwatch, console, gentle_warnings, say
from bayesim.cli._field import Field, plan_grid, prepare
from bayesim.cli._finish import finish
from bayesim.cli._options import Json, Out, Overwrite, Seed, Strict
from bayesim.cli._output import claim, free_folder
from bayesim.cli._posterior import Posterior, draw
from bayesim.cli._solve import solve
from bayesim.data import example
from bayesim.maps import disk, hdi, region_flux

__all__ = ["demo"]

_ALPHA, _GAP, _DRAWS, _TUNE, _CHAINS = 0.02, 1e-8, 1000, 1000, 4


def demo(
    *,
    out: Out = None,
    seed: Seed = 1,
    overwrite: Overwrite = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Simulate a VLA observation of a dozen sources and one extended one, image it, and compare with the truth."""
    clock = Stopwatch()
    with gentle_warnings():
        folder = claim(free_folder(Path("bayesim-demo")) if out is None else out, overwrite=overwrite)
        with clock.stage("read"):
            vis, truth = example(seed=seed)
        say(f"simulated: {len(vis)} visibilities, VLA C configuration, thermal noise {1e3 * vis.sigma_image:.2f} mJy")
        field = prepare(vis, plan_grid(vis, fov=None, npix=None, cell=None), clock=clock)
        solution, refit = solve(field, alpha=_ALPHA, signed=False, gap=_GAP, clock=clock)
        posterior = draw(
            field, solution, infer_lambda=True, draws=_DRAWS, tune=_TUNE, chains=_CHAINS, seed=seed, clock=clock
        )
        finish(
            field,
            solution,
            refit=refit,
            posterior=posterior,
            folder=folder,
            clock=clock,
            json=json,
            strict=False,
            truth=truth,
        )
        _compare(truth, field, posterior)
    if strict and not (solution.converged and posterior.verdict.passed):
        raise typer.Exit(3)


def _compare(truth: Table, field: Field, posterior: Posterior) -> None:
    """Print true beside posterior flux of every source."""
    sheet = Sheet(title="Truth beside posterior", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("source", "SNR", "true mJy", "posterior mJy", "95 % HDI", ""):
        sheet.add_column(heading, justify="left" if heading in ("source", "") else "right")
    held = 0
    for row in truth:
        low, high, mean = _flux(row, field, posterior)
        found = high > 0
        covered = low <= row["flux"] <= high
        held += covered
        sheet.add_row(
            f"{row['kind']} at {row['l'] * 3600:+.0f}, {row['m'] * 3600:+.0f} arcsec",
            f"{row['snr']:.0f}",
            f"{1e3 * row['flux']:.2f}",
            f"{1e3 * mean:.2f}" if found else "-",
            f"{1e3 * low:.2f} to {1e3 * high:.2f}" if found else "below the support's limit",
            "holds" if covered else "misses",
        )
    console.print(sheet)
    total = region_flux(posterior.tree, field.grid, np.ones(field.grid.shape, dtype=bool))
    say(
        f"{held} of {len(truth)} intervals hold the truth; total flux {1e3 * total.mean():.1f} +- "
        f"{1e3 * total.std(ddof=1):.1f} mJy, true {1e3 * truth['flux'].sum():.1f}"
    )


def _flux(row: Any, field: Field, posterior: Posterior) -> tuple[float, float, float]:
    """HDI and mean of the flux around a true source, Jy."""
    mask = disk(field.grid, l=np.radians(row["l"]), m=np.radians(row["m"]), radius=np.radians(row["radius"]))
    draws = region_flux(posterior.tree, field.grid, mask)
    low, high = hdi(draws[:, None])
    return float(low[0]), float(high[0]), float(draws.mean())
