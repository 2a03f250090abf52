"""Posterior predictive check: amplitudes against baseline length."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import DataError
from bayesim.plots._axes import BLUE, VERMILION, axes_or_new, baseline_unit, flux_unit, tidy
from bayesim.plots._bins import baseline_bins

__all__ = ["predictive"]

_REPLICAS = 100


def predictive(
    visibilities: Visibilities,
    predicted: NDArray[np.complex128],
    ax: Axes | None = None,
    *,
    seed: int,
    bins: int = 24,
) -> Axes:
    """Draw mean amplitudes of the data over the range of replicated data.

    Parameters
    ----------
    visibilities : Visibilities
        Data with weights.
    predicted : ndarray of complex128, shape (n,) or (draws, n)
        Noise-free visibilities of one sky, or of one sky per posterior draw; noise of the weights is added.
    ax : Axes or None
        Where to draw.
    seed : int
        Of the noise.
    bins : int
        Largest number of bins.

    Returns
    -------
    Axes
        Points inside the band (95 % of the replicas) are as the model predicts.

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
    replicas = _replicas(visibilities, draws, seed=seed)
    spread = np.quantile(np.stack([groups.mean(r) for r in replicas]), (0.025, 0.5, 0.975), axis=0)
    observed = groups.mean(np.abs(visibilities.data))
    unit, factor = flux_unit(observed, "Jy")
    name, scale = baseline_unit(visibilities.longest_baseline)
    x = groups.centre / scale
    ax.fill_between(x, spread[0] / factor, spread[2] / factor, color=BLUE, alpha=0.25, linewidth=0)
    ax.plot(x, spread[1] / factor, color=BLUE, linewidth=1.2, label="replicated data, median and 95 %")
    ax.plot(x, observed / factor, "o", color=VERMILION, markersize=4, label="data")
    ax.set(xlabel=f"Baseline length ({name})", ylabel=f"Mean amplitude ({unit})", ylim=(0, None))
    inside = int(np.count_nonzero((observed >= spread[0]) & (observed <= spread[2])))
    ax.set_title(f"Predictive check: {inside} of {x.size} bins inside", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False)
    return ax


def _replicas(visibilities: Visibilities, draws: NDArray[np.complex128], *, seed: int) -> list[NDArray[np.float64]]:
    """Return amplitudes of replicated data: every draw once, a single sky a hundred times."""
    rng = np.random.default_rng(seed)
    sigma = visibilities.weight**-0.5
    skies = draws if len(draws) > 1 else np.broadcast_to(draws, (_REPLICAS, draws.shape[1]))
    noise = (rng.standard_normal((2, len(visibilities))) for _ in skies)
    return [np.abs(sky + sigma * (e[0] + 1j * e[1])) for sky, e in zip(skies, noise, strict=True)]
