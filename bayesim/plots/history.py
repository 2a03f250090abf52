"""How the solver came to its answer."""

import numpy as np
from matplotlib.axes import Axes

from bayesim.errors import ModelError
from bayesim.plots._axes import BLUE, ORANGE, axes_or_new, tidy
from bayesim.solvers import Solution

__all__ = ["history"]


def history(solution: Solution, ax: Axes | None = None) -> Axes:
    """Draw the relative duality gap (left, logarithmic) and the number of atoms (right) against time.

    Returns
    -------
    Axes
        Of the gap; the second axis is its twin.

    Raises
    ------
    ModelError
        The solution has no history.
    """
    if not solution.history:
        raise ModelError("the solution has no history: its solver recorded no outer iteration")
    ax = axes_or_new(ax)
    seconds = np.array([step.seconds for step in solution.history])
    gap = np.array([step.gap / step.objective if step.objective > 0 else 0.0 for step in solution.history])
    positive = np.where(gap > 0, gap, np.nan)
    ax.plot(seconds, positive, "o-", color=BLUE, markersize=3.5, linewidth=1.4)
    if np.isfinite(positive).any():
        ax.set_yscale("log")
    ax.set_xlabel("Seconds")
    ax.set_ylabel("Relative duality gap", color=BLUE)
    twin = ax.twinx()
    twin.plot(seconds, [step.atoms for step in solution.history], "s--", color=ORANGE, markersize=3.5, linewidth=1.2)
    twin.set_ylabel("Atoms", color="#9A6A00")
    twin.set_ylim(bottom=0)
    twin.spines["top"].set_visible(False)
    steps = len(solution.history)
    ax.set_title(f"{steps} outer iterations, final relative gap {solution.relative_gap:.2g}", loc="left", fontsize=11)
    tidy(ax)
    ax.spines["right"].set_visible(True)
    return ax
