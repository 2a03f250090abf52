"""Fluxes along a regularisation path."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.maps._islands import islands
from bayesim.plots._axes import CYCLE, GREY, axes_or_new, flux_unit, tidy
from bayesim.solvers import Solution

__all__ = ["flux_path"]

_MOST_NAMED = len(CYCLE)
"""Sources in colour; the fainter ones are grey."""


def flux_path(solutions: Sequence[Solution], ax: Axes | None = None, *, reach: float = 0.0) -> Axes:
    """Draw the flux of every source, and of all together, against alpha.

    Sources are the islands of the last solution, the one with the smallest lambda; flux elsewhere counts in the
    total only. The scale is logarithmic above the thermal noise of the image and linear below. Every curve falls
    with lambda by the shrinkage, ``lambda / sum_weight`` for an isolated source.

    Parameters
    ----------
    solutions : sequence of Solution
        Of :func:`bayesim.solvers.path`.
    ax : Axes or None
        Where to draw.
    reach : float
        Distance in pixels up to which atoms are one source, such as the minor axis of the CLEAN beam.

    Raises
    ------
    ModelError
        Fewer than two solutions, or an empty last one.
    """
    if len(solutions) < 2 or not solutions[-1].indices.size:
        raise ModelError("a path of fluxes needs at least two solutions, the last of them not empty")
    ax = axes_or_new(ax)
    labels, count = islands(solutions[-1], grow=1, reach=reach)
    fluxes = np.array([_sums(solution, labels.ravel(), count) for solution in solutions])
    total = np.array([solution.fluxes.sum() for solution in solutions])
    unit, scale = flux_unit(total, "Jy")
    alpha = np.array([solution.alpha for solution in solutions])
    order = np.argsort(-np.abs(fluxes[-1]))
    for rank, source in enumerate(order):
        colour, width = (CYCLE[rank], 1.4) if rank < _MOST_NAMED else (GREY, 0.7)
        ax.plot(alpha, fluxes[:, source] / scale, color=colour, linewidth=width, marker="o", markersize=2.5)
    ax.plot(alpha, total / scale, color="#111111", linewidth=1.6, linestyle="--", label="total")
    ax.plot([], [], color=GREY, label=f"{count} sources")
    ax.set_xscale("log")
    # sources differ by their dynamic range, and are zero before they appear
    ax.set_yscale("symlog", linthresh=solutions[-1].sigma_image / scale, linscale=0.3)
    if min(fluxes.min(), total.min()) >= 0:
        ax.set_ylim(bottom=0)
    # an ordinary path runs from strong to weak regularisation: from left to right
    ax.invert_xaxis()
    ax.set(xlabel="α = λ / λ_max", ylabel=f"Flux ({unit}), shrunk by λ")
    ax.set_title("Fluxes along the path", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False, loc="upper left")
    return ax


def _sums(solution: Solution, labels: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    inside = labels[solution.indices]
    return np.asarray(np.bincount(inside, weights=solution.fluxes, minlength=count + 1)[1:], dtype=np.float64)
