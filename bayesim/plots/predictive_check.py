"""Chi-squared of the fit by baseline length, antenna, time and frequency."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from bayesim.errors import ModelError
from bayesim.plots._axes import BLUE, GREY, VERMILION, baseline_unit, tidy

if TYPE_CHECKING:
    import xarray as xr

    from bayesim.samplers import PredictiveCheck

__all__ = ["predictive_check"]

_SIDE = (6.0, 2.9)
"""Inches of a panel."""

_NAMES = 30
"""Antennas whose names still fit below an axis."""


def predictive_check(check: "PredictiveCheck") -> list[Axes]:
    """Draw chi-squared per real number in every bin, one panel for each family.

    Parameters
    ----------
    check : PredictiveCheck
        From :func:`bayesim.samplers.predictive_check`.

    Returns
    -------
    list of Axes
        Points lie in the band (95 % of replicated data, bin by bin) where the model predicts the data; those that are
        outside for all bins together are red crosses.

    Raises
    ------
    ModelError
        There is no bin.
    """
    table = check.table
    families = list(dict.fromkeys(table["family"].values.tolist()))
    if not families:
        raise ModelError("there is no bin to draw: baselines, antennas, times and frequencies have one value each")
    columns = min(2, len(families))
    rows = -(-len(families) // columns)
    figure = Figure(figsize=(_SIDE[0] * columns, _SIDE[1] * rows + 0.4), layout="compressed")
    panels = [figure.add_subplot(rows, columns, k + 1) for k in range(len(families))]
    for family, ax in zip(families, panels, strict=True):
        _panel(ax, table.isel(bin=np.flatnonzero(table["family"].values == family)), family)
    # above the panel: bars reach everywhere inside
    panels[0].legend(frameon=False, fontsize=9, ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    figure.suptitle(check.sentence[:1].upper() + check.sentence[1:], x=0.01, ha="left", fontsize=11)
    return panels


def _panel(ax: Axes, table: "xr.Dataset", family: str) -> None:
    chi2, freedom, outside = (table[key].values for key in ("chi2", "count", "outside"))
    x, label = _abscissa(ax, table, family)
    freedom = 2 * freedom
    low, high = (stats.chi2.ppf(q, freedom) / freedom for q in (0.025, 0.975))
    ax.vlines(x, low, high, color=BLUE, alpha=0.25, linewidth=7, label="95 % of replicated data")
    ax.axhline(1.0, color=GREY, linewidth=0.8)
    ax.plot(x[~outside], chi2[~outside], "o", color=BLUE, markersize=4, label="data")
    if outside.any():
        ax.plot(x[outside], chi2[outside], "X", color=VERMILION, markersize=8, label="outside")
    ax.set(xlabel=label, ylabel="Chi-squared per real number")
    ax.ticklabel_format(axis="y", useOffset=False)
    tidy(ax)


def _abscissa(ax: Axes, table: "xr.Dataset", family: str) -> tuple[np.ndarray, str]:
    middle = (table["low"].values + table["high"].values) / 2
    if family == "baseline":
        unit, scale = baseline_unit(float(table["high"].max()))
        return middle / scale, f"Baseline length ({unit})"
    if family == "time":
        start = float(table["low"].min())
        return (middle - start) * 24, f"Hours since MJD {start:.4f}"
    if family == "frequency":
        return middle / 1e9, "Frequency (GHz)"
    x, names = np.arange(middle.size, dtype=float), table["name"].values
    step = -(-x.size // _NAMES)
    ax.set_xticks(x[::step], names[::step], rotation=90 if max(map(len, names)) > 2 else 0, fontsize=8)
    return x, "Antenna"
