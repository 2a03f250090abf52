"""Energy of a Hamiltonian sampler, which shows whether its momentum reaches the whole posterior."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bayesim.plots._axes import BLUE, ORANGE, axes_or_new, tidy
from bayesim.plots._scalars import scalar_draws

__all__ = ["energy"]

_ENOUGH = 0.3
"""E-BFMI below which exploration is poor (Betancourt 2016, arXiv:1604.00695)."""


def energy(tree: Any, ax: Axes | None = None) -> Axes:
    """Draw the distributions of the energy and of its change between draws, with the lowest E-BFMI of the chains.

    The change should be about as wide as the energy; an E-BFMI below 0.3 means that it is not.
    """
    ax = axes_or_new(ax)
    values = scalar_draws(tree, "energy", group="sample_stats")
    marginal = (values - values.mean()).ravel()
    change = np.diff(values, axis=1).ravel()
    reach = float(np.abs(np.concatenate([marginal, change])).max()) or 1.0
    edges = np.linspace(-reach, reach, 51).tolist()
    ax.hist(marginal, edges, density=True, color=BLUE, alpha=0.55, label="energy, centred")
    ax.hist(change, edges, density=True, histtype="step", color=ORANGE, linewidth=1.6, label="change between draws")
    lowest = float(np.min(np.square(np.diff(values, axis=1)).mean(axis=1) / values.var(axis=1, ddof=1)))
    verdict = "" if lowest > _ENOUGH else f" (below {_ENOUGH}: poor)"
    ax.set(xlabel="Energy", yticks=[])
    ax.set_title(f"Energy, lowest E-BFMI {lowest:.2f}{verdict}", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False)
    return ax
