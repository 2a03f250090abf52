"""The regions that hold all flux of all solutions, on the certificate."""

import numpy as np
from astropy.table import Table
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from bayesim import maps
from bayesim.maps import region_labels
from bayesim.plots._axes import VERMILION, angle_unit
from bayesim.plots.image import image
from bayesim.solvers import Solution

__all__ = ["certificate_regions"]

_PROVEN, _POSSIBLE = VERMILION, "#FFFFFF"

_MOST_NUMBERS = 12
"""Regions that are numbered: the first rows of the table."""

_APART = 0.04
"""Share of the field's side that a number takes."""


def certificate_regions(solution: Solution, regions: Table, ax: Axes | None = None) -> Axes:
    """Draw the certificate with the outline of every region: what every solution uses, and what one may use.

    Parameters
    ----------
    solution : Solution
        The mode.
    regions : astropy.table.Table
        Of :func:`bayesim.maps.certificate_regions`, of the same solution; the first rows are numbered by row,
        where there is room.
    ax : Axes or None
        Where to draw.
    """
    labels, count = region_labels(solution)
    proven = np.zeros(count + 1, dtype=bool)
    proven[np.asarray(regions["region"])] = np.asarray(regions["holds_flux"])
    grid = solution.grid
    _, per_radian = angle_unit(max(grid.fov))
    ax = image(maps.certificate(solution), ax, title=f"Regions that may hold flux (R = {solution.radius:.2g})")
    handles = []
    for name, colour, chosen in (
        ("every solution has flux here", _PROVEN, proven[labels]),
        ("a solution may have flux here", _POSSIBLE, (labels > 0) & ~proven[labels]),
    ):
        if chosen.any() and not chosen.all():
            ax.contour(
                grid.l * per_radian, grid.m * per_radian, chosen * 1.0, levels=[0.5], colors=colour, linewidths=1
            )
            handles.append(Line2D([], [], color=colour, label=f"{name} ({_number(proven, colour == _PROVEN)})"))
    _number_regions(ax, regions, per_degree=float(np.radians(per_radian)), apart=_APART * max(grid.fov) * per_radian)
    if handles:
        ax.legend(
            handles=handles, loc="upper left", fontsize=8, facecolor="#5A5F66", labelcolor="#FFFFFF", framealpha=0.9
        )
    return ax


def _number_regions(ax: Axes, regions: Table, *, per_degree: float, apart: float) -> None:
    """Write the row of the brightest regions beside them, but not over a number that stands there already."""
    taken = np.empty((0, 2))
    for number, row in enumerate(regions[:_MOST_NUMBERS], start=1):
        place = (float(row["peak_l"] * per_degree), float(row["peak_m"] * per_degree))
        if (np.hypot(*(taken - place).T) < apart).any():
            continue
        taken = np.vstack([taken, place])
        words = ax.annotate(
            str(number), place, xytext=(4, 4), textcoords="offset points", color="#FFFFFF", fontsize=8, clip_on=True
        )
        # white alone is lost on the crests of the certificate, which is where the regions are
        words.set_path_effects([withStroke(linewidth=2, foreground="#222222")])


def _number(proven: np.ndarray, wanted: bool) -> int:  # noqa: FBT001
    return int(np.count_nonzero(proven[1:] == wanted))
