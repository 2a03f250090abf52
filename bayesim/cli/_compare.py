"""Truth beside posterior, as a table for a person."""

from typing import Any

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray
from rich.table import Table as Sheet

from bayesim.cli._console import console, say
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior
from bayesim.maps import disk, hdi, region_flux

__all__ = ["compare"]


def compare(truth: Table, field: Field, posterior: Posterior) -> None:
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
    total = _total(field, posterior)
    say(
        f"{held} of {len(truth)} intervals hold the truth; total flux {1e3 * total.mean():.1f} +- "
        f"{1e3 * total.std(ddof=1):.1f} mJy, true {1e3 * truth['flux'].sum():.1f}"
    )


def _total(field: Field, posterior: Posterior) -> NDArray[np.float64]:
    """Return the total flux of every draw, Jy; of sources, with those that are too faint to list."""
    if posterior.of_sources:
        return np.asarray(posterior.tree["posterior"]["total_flux"].values)
    return region_flux(posterior.image, field.grid, np.ones(field.grid.shape, dtype=bool))


def _flux(row: Any, field: Field, posterior: Posterior) -> tuple[float, float, float]:
    """HDI and mean of the flux around a true source, Jy."""
    mask = disk(field.grid, l=np.radians(row["l"]), m=np.radians(row["m"]), radius=np.radians(row["radius"]))
    draws = region_flux(posterior.image, field.grid, mask)
    low, high = hdi(draws[:, None])
    return float(low[0]), float(high[0]), float(draws.mean())
