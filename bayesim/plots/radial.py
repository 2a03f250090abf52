"""Misfit of the visibilities against baseline length."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy import special

from bayesim.data import Visibilities
from bayesim.errors import DataError
from bayesim.plots._axes import BLUE, GREY, axes_or_new, baseline_unit, tidy
from bayesim.plots._bins import baseline_bins

__all__ = ["radial"]


def radial(
    visibilities: Visibilities, predicted: NDArray[np.complex128], ax: Axes | None = None, *, bins: int = 24
) -> Axes:
    """Draw ``weight |V - M|^2 / 2`` averaged over bins of equal count.

    Parameters
    ----------
    visibilities : Visibilities
        Data with weights.
    predicted : ndarray of complex128, shape (n,) or (draws, n)
        Visibilities of a sky, or of one sky per posterior draw (bars then span 95 % of the draws).
    ax : Axes or None
        Where to draw.
    bins : int
        Largest number of bins.

    Returns
    -------
    Axes
        1 where the fit is as good as the weights promise; the band holds 95 % of bins of pure noise.

    Raises
    ------
    DataError
        ``predicted`` does not have one value per visibility.
    """
    draws = np.atleast_2d(predicted)
    if draws.shape[-1] != len(visibilities):
        raise DataError(
            f"predicted has shape {predicted.shape}, expected one value for {len(visibilities)} visibilities"
        )
    ax = axes_or_new(ax)
    groups = baseline_bins(visibilities, bins=bins)
    misfit = np.stack([groups.mean(0.5 * visibilities.weight * np.abs(visibilities.data - m) ** 2) for m in draws])
    name, scale = baseline_unit(visibilities.longest_baseline)
    x = groups.centre / scale
    # quantiles of chi-squared with 2 n degrees of freedom over 2 n; scipy.stats takes a second to import
    low, high = (special.gammaincinv(groups.count, p) / groups.count for p in (0.025, 0.975))
    ax.fill_between(x, low, high, color=GREY, alpha=0.25, linewidth=0, label="95 % of pure noise")
    ax.axhline(1.0, color=GREY, linewidth=1)
    middle = np.median(misfit, axis=0)
    ends = np.quantile(misfit, (0.025, 0.975), axis=0)
    label = "model" if len(draws) == 1 else f"{len(draws)} posterior draws, 95 %"
    ax.errorbar(x, middle, yerr=np.abs(ends - middle), fmt="o", color=BLUE, markersize=4, linewidth=1, label=label)
    ax.set(xlabel=f"Baseline length ({name})", ylabel="Reduced chi-squared", ylim=(0, None))
    ax.set_title(f"Residuals by baseline, all {misfit.mean():.3f}", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False)
    return ax
