"""Draws of one quantity in the order in which they were made."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bayesim.plots._axes import CYCLE, VERMILION, axes_or_new, tidy
from bayesim.plots._scalars import scalar_draws

__all__ = ["trace"]


def trace(tree: Any, name: str, ax: Axes | None = None) -> Axes:
    """Draw every chain of a scalar; divergent transitions are ticks along the bottom."""
    ax = axes_or_new(ax, size=(7.0, 3.0))
    draws = scalar_draws(tree, name)
    for chain, values in enumerate(draws):
        ax.plot(values, color=CYCLE[chain % len(CYCLE)], linewidth=0.7, alpha=0.8)
    title = f"{name}, {len(draws)} chains"
    if "sample_stats" in tree.children and "diverging" in tree["sample_stats"].data_vars:
        where = np.nonzero(scalar_draws(tree, "diverging", group="sample_stats"))[1]
        # an unclipped line without points has an unbounded extent, which collapses the layout of a larger figure
        if where.size:
            ax.plot(
                where, np.zeros(where.size), "|", color=VERMILION, transform=ax.get_xaxis_transform(), clip_on=False
            )
        title += f", {where.size} divergences"
    ax.set(xlabel="Draw", ylabel=name, xlim=(0, draws.shape[1] - 1))
    ax.set_title(title, loc="left", fontsize=11)
    tidy(ax)
    return ax
