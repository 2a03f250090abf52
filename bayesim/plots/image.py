"""A map of the sky: East to the left, North up."""

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import AsinhNorm, Colormap, Normalize
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from bayesim.maps import Beam, Map
from bayesim.plots import stretch
from bayesim.plots._axes import angle_unit, axes_or_new, figure_of, flux_unit
from bayesim.sky import Grid

__all__ = ["image"]

_UNDEFINED = "#C9CDD3"

_UNIT_INTERVAL = ("certificate", "saturation", "posterior_probability")
"""Maps with the same scale in every run; a certificate below 0 shares the colour of 0."""

_FEWEST_TICKS = 4
"""Of a colour bar: with fewer, values between them cannot be read."""

_WORDS = {
    "dirty": "Dirty image",
    "restored": "Restored image",
    "saturation": "May hold flux, provably",
    "posterior_sd": "Posterior standard deviation",
    "posterior_low": "Lower end of the interval",
    "posterior_high": "Upper end of the interval",
    "posterior_probability": "Probability of flux above the threshold",
    "posterior_ess_bulk": "Bulk effective sample size",
    "posterior_ess_tail": "Tail effective sample size",
    "posterior_rhat": "R-hat",
}
"""Titles of the maps whose name is not a title."""


def image(map_: Map, ax: Axes | None = None, *, norm: Normalize | None = None, title: str | None = None) -> Axes:
    """Draw a map with its colour bar and beam.

    Parameters
    ----------
    map_ : Map
        Image to draw; NaN pixels are grey.
    ax : Axes or None
        Where to draw; a new figure by default.
    norm : matplotlib Normalize or None
        Scale in the map's own unit. By default symmetric for signed maps, asinh for other maps in Jy, linear
        for dimensionless maps (:mod:`bayesim.plots.stretch`).
    title : str or None
        The map's name by default.

    Returns
    -------
    Axes
        Offsets from the phase centre, the East offset growing to the left.
    """
    grid = map_.grid
    rows, columns = grid.shape
    ax = axes_or_new(ax, size=(5.4, max(5.4 * 0.86 * rows / columns, 2.4)))
    unit, scale = flux_unit(map_.values, map_.unit)
    scaled = map_.values / scale
    norm = _rescaled(norm, scale=scale) if norm is not None else _default(map_, scale=scale)
    per_radian = _offsets(ax, grid)
    extent = _extent(grid, per_radian)
    drawn = ax.imshow(scaled, origin="lower", extent=extent, norm=norm, cmap=_colours(map_), interpolation="nearest")
    _colour_bar(ax, drawn, low=float(np.nanmin(scaled)) if np.isfinite(scaled).any() else 0.0, label=unit)
    if map_.beam is not None:
        _draw_beam(ax, map_.beam, grid, per_radian)
    words = _WORDS.get(map_.name, map_.name.replace("_", " ").capitalize())
    ax.set_title(title if title is not None else words, loc="left", fontsize=11)
    return ax


def _default(map_: Map, *, scale: float) -> Normalize:
    values = map_.values / scale
    if map_.signed:
        return stretch.symmetric(values)
    if map_.name in _UNIT_INTERVAL:
        return Normalize(0.0, 1.0)
    return stretch.compressed(values) if map_.unit.startswith("Jy") else stretch.linear(values)


def _rescaled(norm: Normalize, *, scale: float) -> Normalize:
    """Return a copy of a norm given in the map's unit for values divided by ``scale``."""
    low, high = (None if v is None else v / scale for v in (norm.vmin, norm.vmax))
    if isinstance(norm, AsinhNorm):
        return AsinhNorm(linear_width=norm.linear_width / scale, vmin=low, vmax=high)
    if type(norm) is not Normalize:
        raise TypeError(f"norm {type(norm).__name__}: give a matplotlib Normalize or AsinhNorm")
    return Normalize(low, high)


def _colours(map_: Map) -> Colormap:
    unsigned = "inferno" if map_.unit.startswith("Jy") else "cividis"
    name = "RdBu_r" if map_.signed else unsigned
    return matplotlib.colormaps[name].with_extremes(bad=_UNDEFINED)


def _offsets(ax: Axes, grid: Grid) -> float:
    """Label the axes in a unit that suits the field and return that unit per radian."""
    name, per_radian = angle_unit(max(grid.fov))
    ax.set_xlabel(f"East offset ({name})")
    ax.set_ylabel(f"North offset ({name})")
    return per_radian


def _extent(grid: Grid, per_radian: float) -> tuple[float, float, float, float]:
    half = 0.5 * grid.cell
    edges = (grid.l[0] + half, grid.l[-1] - half, grid.m[0] - half, grid.m[-1] + half)
    left, right, bottom, top = (float(edge * per_radian) for edge in edges)
    return left, right, bottom, top


def _colour_bar(ax: Axes, drawn: ScalarMappable, *, low: float, label: str) -> None:
    norm = drawn.norm
    bottom, top = drawn.get_clim()
    clipped = bottom is not None and top is not None and low < bottom - 1e-9 * (top - bottom)
    extend = "min" if clipped else "neither"
    bar = figure_of(ax).colorbar(drawn, ax=ax, extend=extend, fraction=0.046, pad=0.03, aspect=22)
    if label:
        bar.set_label(label)
    # fixed before the layout is made: ticks that appear afterwards would push the labels over the edge
    ticks = _asinh_ticks(norm) if isinstance(norm, AsinhNorm) else []
    if len(ticks) < _FEWEST_TICKS:
        # less than a decade reads best in even steps
        ticks = _even_ticks(bottom, top)
    bar.set_ticks(ticks, labels=[f"{tick:g}".replace("-", "\N{MINUS SIGN}") for tick in ticks])
    bar.ax.minorticks_off()


def _even_ticks(bottom: float | None, top: float | None) -> list[float]:
    low, high = bottom or 0.0, 1.0 if top is None else top
    slack = 1e-9 * (high - low)
    steps = MaxNLocator(6).tick_values(low, high)
    return [float(s) + 0.0 for s in steps if low - slack <= s <= high + slack]


def _asinh_ticks(norm: AsinhNorm) -> list[float]:
    """Return zero and up to six of 1, 3, 10, 30 ... times a power of ten within the scale."""
    high = float(norm.vmax or 1.0)
    start = float(np.floor(np.log10(norm.linear_width)))
    steps = [s * 10.0**e for e in np.arange(start, np.ceil(np.log10(high)) + 1) for s in (1.0, 3.0)]
    inside = [s for s in steps if norm.linear_width * 0.9 <= s <= high]
    return [0.0, *inside[-6:]]


def _draw_beam(ax: Axes, beam: Beam, grid: Grid, per_radian: float) -> None:
    """Put the beam in the lower left corner, which is to the East."""
    margin = 0.06 * min(grid.fov) + 0.5 * beam.major
    ax.add_patch(
        Ellipse(
            ((grid.l[0] - margin) * per_radian, (grid.m[0] + margin) * per_radian),
            width=beam.minor * per_radian,
            height=beam.major * per_radian,
            # the patch turns in data coordinates, where l is the first axis: East of North is clockwise there
            angle=-float(np.degrees(beam.position_angle)),
            facecolor="#FFFFFFCC",
            edgecolor="#222222",
            linewidth=1.0,
        )
    )
