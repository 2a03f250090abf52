"""Power of the sky against baseline length, with its uncertainty."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesim.maps import PowerSpectrum
from bayesim.plots._axes import BLUE, GREY, ORANGE, VERMILION, axes_or_new, baseline_unit, tidy

__all__ = ["power_spectrum"]

Floats = NDArray[np.float64]

_PARTS = ((0.95, 0.2), (0.68, 0.4))
"""Probability of each band, and how opaque it is."""


def power_spectrum(
    spectrum: PowerSpectrum,
    ax: Axes | None = None,
    *,
    mode: Floats | None = None,
    noise: Floats | None = None,
    truth: Floats | None = None,
) -> Axes:
    """Draw the power of posterior draws, median and bands of 68 % and 95 %, on logarithmic axes.

    Parameters
    ----------
    spectrum : PowerSpectrum
        From :func:`bayesim.maps.power_spectrum`.
    ax : Axes or None
        Where to draw.
    mode, truth : ndarray or None, shape (bins,)
        ``spectrum.of(solution.image)``, and that of a simulated sky, Jy^2.
    noise : ndarray or None, shape (bins,)
        ``spectrum.noise(statistics)``, Jy^2. Where the sky's power is below it, the prior speaks.

    Returns
    -------
    Axes
        The scale follows the sky: noise beyond the baselines leaves the top.
    """
    ax = axes_or_new(ax)
    unit, scale = baseline_unit(float(spectrum.baseline.max()))
    x = spectrum.baseline / scale
    for prob, opacity in _PARTS:
        low, high = np.quantile(spectrum.draws, (0.5 - 0.5 * prob, 0.5 + 0.5 * prob), axis=0)
        ax.fill_between(x, low, high, color=BLUE, alpha=opacity, linewidth=0, label=f"{100 * prob:.0f} % of draws")
    ax.plot(x, np.median(spectrum.draws, axis=0), color=BLUE, linewidth=1.5, label="median draw")
    lines = (("mode", mode, ORANGE, "-."), ("truth", truth, VERMILION, "--"))
    for label, values, colour, style in lines:
        if values is not None:
            ax.plot(x, values, color=colour, linewidth=1.5, linestyle=style, label=label)
    ax.set_yscale("log")
    ends = _range(np.concatenate([spectrum.draws.ravel(), *(v for _, v, _, _ in lines if v is not None)]))
    ax.set_ylim(*ends)
    if noise is not None:
        unseen = ", below the frame" if np.all(noise[np.isfinite(noise)] < ends[0]) else ""
        ax.plot(x, noise, color=GREY, linewidth=1.5, linestyle=":", label=f"noise of the dirty map{unseen}")
    ax.set(xlabel=f"Baseline ({unit})", ylabel="Power (Jy²)")
    tidy(ax)
    ax.legend(frameon=False)
    return ax


def _range(values: Floats) -> tuple[float, float]:
    positive = values[values > 0]
    if not positive.size:
        return 1e-3, 1.0
    return float(np.quantile(positive, 0.001)) / 5, float(positive.max()) * 5
