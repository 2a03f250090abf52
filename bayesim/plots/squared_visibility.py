"""Squared visibilities against baseline length, with the model that was fitted."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesim.data import PerBaseline
from bayesim.errors import DataError
from bayesim.plots._axes import BLUE, GREY, VERMILION, axes_or_new, baseline_unit, tidy

__all__ = ["squared_visibility"]


def squared_visibility(
    data: PerBaseline, predicted: NDArray[np.float64], ax: Axes | None = None, *, noise_scale: float = 1.0
) -> Axes:
    """Draw the data, the model, and their difference in standard deviations below.

    Parameters
    ----------
    data : PerBaseline
        Squared visibilities.
    predicted : ndarray, shape (n,)
        Squared visibilities of the model.
    ax : Axes or None
        Where to draw; it is divided in two.
    noise_scale : float
        Factor on the errors, positive.

    Returns
    -------
    Axes
        The upper one, logarithmic upwards.

    Raises
    ------
    DataError
        ``predicted`` does not have one value per datum.
    """
    if predicted.shape != data.value.shape:
        raise DataError(f"predicted has shape {predicted.shape}, expected {data.value.shape}")
    ax = axes_or_new(ax, size=(6.5, 5.0))
    length = np.hypot(data.u, data.v)
    name, unit = baseline_unit(float(length.max()))
    x, sigma = length / unit, noise_scale * data.sigma
    label = f"data, errors times {noise_scale:.2f}"
    ax.errorbar(x, data.value, yerr=sigma, fmt="o", color=BLUE, markersize=3, linewidth=0.8, label=label)
    # points: baselines of one length and other directions see another value unless the source is round
    ax.plot(x, predicted, ".", color=VERMILION, markersize=3, label="model", zorder=3)
    ax.set(yscale="log", ylabel="Squared visibility", ylim=(0.3 * np.abs(data.value).min(), 1.5))
    ax.legend(frameon=False)
    tidy(ax)
    ax.set_xticks([])
    below = ax.inset_axes((0.0, -0.35, 1.0, 0.3))
    below.axhspan(-1, 1, color=GREY, alpha=0.25, linewidth=0)
    below.plot(x, (data.value - predicted) / sigma, "o", color=BLUE, markersize=3)
    below.set(xlabel=f"Baseline length ({name})", ylabel="Residual / σ", xlim=ax.get_xlim())
    tidy(below)
    return ax
