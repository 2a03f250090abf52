"""A curve and how well it is known: profiles and spectra."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from bayesim.errors import ModelError
from bayesim.plots._axes import BLUE, VERMILION, axes_or_new, tidy

__all__ = ["band"]

_PARTS = ((0.95, 0.2), (0.68, 0.4))
"""Probability of each band, and how opaque it is."""


def band(
    x: ArrayLike,
    draws: ArrayLike,
    ax: Axes | None = None,
    *,
    truth: tuple[ArrayLike, ArrayLike] | None = None,
    xlabel: str,
    ylabel: str,
) -> Axes:
    """Draw the median of curves and the bands that hold 68 % and 95 % of them at every point.

    Parameters
    ----------
    x : array_like, shape (n,)
        Where the curves are given, any unit.
    draws : array_like, shape (draws, n)
        One curve per posterior draw, any unit.
    ax : Axes or None
        Where to draw.
    truth : (array_like, array_like) or None
        Abscissae and values of the curve that was simulated, of any length.
    xlabel, ylabel : str
        What is drawn, with the unit.

    Returns
    -------
    Axes
        Bands are of each point alone: a curve that is right stays in all of them less often.

    Raises
    ------
    ModelError
        The curves do not have one value for each ``x``.
    """
    places, curves = np.asarray(x, dtype=np.float64), np.asarray(draws, dtype=np.float64)
    if curves.ndim != 2 or not curves.size or curves.shape[1] != places.size:
        raise ModelError(f"draws of shape {curves.shape} are no curves of {places.size} points: give (draws, n)")
    ax = axes_or_new(ax)
    for prob, opacity in _PARTS:
        low, high = np.quantile(curves, (0.5 - 0.5 * prob, 0.5 + 0.5 * prob), axis=0)
        ax.fill_between(places, low, high, color=BLUE, alpha=opacity, linewidth=0, label=f"{100 * prob:.0f} %")
    ax.plot(places, np.median(curves, axis=0), color=BLUE, linewidth=1.5, label="median")
    if truth is not None:
        ax.plot(*truth, color=VERMILION, linewidth=1.5, linestyle="--", label="truth")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    tidy(ax)
    ax.legend(frameon=False)
    return ax
