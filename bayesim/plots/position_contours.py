"""Where single sources are, at the scale of their errors."""

import textwrap

import numpy as np
from astropy.table import Row, Table
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.plots._axes import BLUE, VERMILION, angle_unit, tidy

__all__ = ["position_contours"]

_COLUMNS = 3


def position_contours(contours: Table, *, most: int = 6) -> NDArray[np.object_]:
    """Draw the contour and the Fisher ellipse of the brightest sources, each about its own position.

    Parameters
    ----------
    contours : astropy.table.Table
        Of :func:`bayesim.maps.position_contours`.
    most : int
        Sources drawn.

    Returns
    -------
    ndarray of Axes, shape (n,)
        On one new figure; offsets from each source, the East to the left.

    Raises
    ------
    ModelError
        No source of the table has a position region.
    """
    drawn = contours[np.isfinite(np.asarray(contours["ellipse_major"], dtype=float))][:most]
    if not len(drawn):
        raise ModelError("no source of the table has a region: see its column contour_status")
    columns = min(_COLUMNS, len(drawn))
    rows = -(-len(drawn) // columns)
    figure = Figure(figsize=(3.3 * columns, 3.5 * rows + 0.7), layout="constrained")
    every = np.atleast_1d(np.asarray(figure.subplots(rows, columns, squeeze=False), dtype=object)).ravel()
    for ax, row in zip(every, drawn, strict=False):
        _draw(ax, row)
    for ax in every[len(drawn) :]:
        ax.remove()
    handles, names = every[0].get_legend_handles_labels()
    for ax in every[1 : len(drawn)]:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            if name not in names:
                handles.append(handle)
                names.append(name)
    prob = f"{100 * contours.meta['prob']:g} % regions of the position, isolated points"
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(prob, x=0.01, ha="left", fontsize=11)
    return every[: len(drawn)]


def _draw(ax: Axes, row: Row) -> None:
    l, m = np.radians(row["l"]), np.radians(row["m"])
    x, y = np.radians(np.asarray(row["contour_l"])) - l, np.radians(np.asarray(row["contour_m"])) - m
    major = np.radians(row["ellipse_major"] / 3600)
    reach = 1.25 * max(major, float(np.nanmax(np.hypot(x, y), initial=0.0)))
    name, per_radian = angle_unit(2 * reach)
    if np.isfinite(x).all():
        ax.plot(
            np.append(x, x[0]) * per_radian, np.append(y, y[0]) * per_radian, color=VERMILION, label="certificate"
        )
    width, height = (2 * np.radians(row[f"ellipse_{axis}"] / 3600) * per_radian for axis in ("minor", "major"))
    ax.add_patch(
        # the patch turns in data coordinates, where l is the first axis: East of North is clockwise there
        Ellipse(
            (0, 0), width, height, angle=-row["ellipse_pa"], fill=False, color=BLUE, ls="--", label="Fisher ellipse"
        )
    )
    ax.plot(0, 0, "+", color="#222222")
    ax.set(
        xlim=(reach * per_radian, -reach * per_radian), ylim=(-reach * per_radian, reach * per_radian), aspect="equal"
    )
    ax.set(xlabel=f"East offset ({name})", ylabel=f"North offset ({name})")
    ax.set_title(f"SNR {row['snr']:.3g}, level {row['level']:.6g}", loc="left", fontsize=10)
    if not np.isfinite(x).all():
        words = str(row["contour_status"]).partition(":")[2].strip().partition(";")[0]
        note = ax.text(0.03, 0.03, textwrap.fill(f"no contour: {words}", 34), transform=ax.transAxes, fontsize=7)
        note.set_in_layout(False)
    tidy(ax)
