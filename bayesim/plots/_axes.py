"""What every figure shares: axes without global state, colours that most eyes can tell apart, units that read."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

__all__ = [
    "BLUE",
    "CYCLE",
    "GREEN",
    "GREY",
    "ORANGE",
    "VERMILION",
    "angle_unit",
    "axes_or_new",
    "baseline_unit",
    "figure_of",
    "flux_unit",
    "tidy",
]

# Okabe & Ito (2008), Color Universal Design
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
GREY: Final = "#8A8F98"
CYCLE: Final = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", VERMILION, "#6A5ACD", "#3B3B3B")

_ANGLES = (("µas", 3.6e9), ("mas", 3.6e6), ("arcsec", 3600.0), ("arcmin", 60.0), ("deg", 1.0))
_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def axes_or_new(ax: Axes | None, *, size: tuple[float, float] = (6.0, 4.0)) -> Axes:
    """Return ``ax``, or new axes on a figure of its own (inches) that pyplot does not know."""
    return ax if ax is not None else Figure(figsize=size, layout="compressed").add_subplot()


def figure_of(ax: Axes) -> Figure | SubFigure:
    """Return the figure that holds ``ax``."""
    figure = ax.get_figure()
    if figure is None:
        raise ValueError("the axes belong to no figure")
    return figure


def tidy(ax: Axes) -> None:
    """Remove the frame's upper and right sides and draw a light grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color="#D9DCE1", linewidth=0.6)
    ax.set_axisbelow(True)


def angle_unit(extent: float) -> tuple[str, float]:
    """Return (name, unit per radian) so that ``extent`` (rad) reads as 2 to 500 or so."""
    degrees = np.degrees(extent)
    for name, per_degree in _ANGLES:
        if degrees * per_degree < 600:
            return name, float(np.degrees(1.0) * per_degree)
    return "deg", float(np.degrees(1.0))


def baseline_unit(longest: float) -> tuple[str, float]:
    """Return (name, wavelengths per unit) for baselines up to ``longest`` wavelengths."""
    for name, scale in (("Gλ", 1e9), ("Mλ", 1e6), ("kλ", 1e3)):
        if longest >= 0.8 * scale:
            return name, scale
    return "λ", 1.0


def flux_unit(values: NDArray[np.float64], unit: str) -> tuple[str, float]:
    """Return the unit with an SI prefix that suits the largest value, and what to divide by."""
    finite = np.abs(values[np.isfinite(values)])
    top = float(finite.max()) if finite.size else 0.0
    if not unit.startswith("Jy") or top == 0:
        return unit, 1.0
    for factor, prefix in _PREFIXES:
        if top >= 0.3 * factor:
            return f"{prefix}{unit}", factor
    return f"n{unit}", 1e-9
