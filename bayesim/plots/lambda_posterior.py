"""Posterior of the rate of a sparse prior."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bayesim.maps import hdi
from bayesim.plots._axes import BLUE, VERMILION, axes_or_new, tidy
from bayesim.plots._scalars import scalar_draws

__all__ = ["lambda_posterior"]


def lambda_posterior(
    tree: Any, ax: Axes | None = None, *, name: str = "lambda", prob: float = 0.95, reference: float | None = None
) -> Axes:
    """Draw the marginal posterior of lambda (1/Jy) with its mean and highest-density interval.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior.
    ax : Axes or None
        Where to draw.
    name : str
        Variable.
    prob : float
        Of the interval.
    reference : float or None
        Another lambda to mark, for example that of the MAP (1/Jy).
    """
    ax = axes_or_new(ax)
    draws = scalar_draws(tree, name).ravel()
    low, high = (float(end[0]) for end in hdi(draws[:, None], prob=prob))
    edges = np.histogram_bin_edges(draws, bins="fd" if np.ptp(draws) > 0 else 1)
    ax.hist(draws, edges[:: max(len(edges) // 60, 1)].tolist(), density=True, color=BLUE, alpha=0.6, linewidth=0)
    ax.axvspan(low, high, color=BLUE, alpha=0.12, linewidth=0, label=f"{100 * prob:g} % HDI {low:.4g} to {high:.4g}")
    ax.axvline(draws.mean(), color=BLUE, linewidth=1.4, label=f"mean {draws.mean():.4g}, sd {draws.std(ddof=1):.3g}")
    if reference is not None:
        ax.axvline(reference, color=VERMILION, linestyle="--", linewidth=1.4, label=f"MAP used {reference:.4g}")
    ax.set(xlabel="λ (1/Jy)", yticks=[])
    ax.set_title("Posterior of λ: of the prior family, not of sparsity", loc="left", fontsize=11)
    tidy(ax)
    # headroom, so that the legend hides no bar
    ax.set_ylim(0, 1.45 * ax.get_ylim()[1])
    ax.legend(frameon=False, loc="upper right")
    return ax
