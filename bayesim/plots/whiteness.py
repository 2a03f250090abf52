"""The residual of a draw beside what noise would look like."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayesim.maps import Whiteness
from bayesim.plots._axes import BLUE, GREY, VERMILION, baseline_unit, tidy

__all__ = ["whiteness"]


def whiteness(found: Whiteness) -> NDArray[np.object_]:
    """Draw the histogram of the residual image over its noise, and its power over that of noise.

    Returns
    -------
    ndarray of Axes, shape (2,)
        Left: pixels, with the normal density of noise (pixels within a beam move together, so that it may waver).
        Right: power in rings of baseline, with the band that holds 95 % of noise, ring by ring.
    """
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    axes: NDArray[np.object_] = np.asarray(figure.subplots(1, 2), dtype=object)
    left, right = axes
    z, reach = found.residual.ravel(), max(5.0, 1.05 * found.peak)
    edges = np.linspace(-reach, reach, 61)
    counts, _, _ = left.hist(z, edges, color=BLUE, alpha=0.6, label="residual of a draw")
    normal = np.exp(-0.5 * edges**2) / np.sqrt(2 * np.pi) * z.size * (edges[1] - edges[0])
    left.plot(edges, normal, color=GREY, linewidth=1.5, label="noise")
    # half a pixel: fewer than one cannot be drawn
    left.set(
        yscale="log", ylim=(0.5, 3 * max(counts.max(), normal.max())), xlabel="Residual over noise", ylabel="Pixels"
    )
    parts = ", ".join(f"{name} {p:.2g}" for name, p in found.parts.items())
    left.set_title(f"p = {found.p_value:.2g} ({parts})", loc="left", fontsize=10)
    unit, scale = baseline_unit(float(found.baseline.max()))
    x = found.baseline / scale
    right.fill_between(x, found.low, found.high, color=GREY, alpha=0.3, linewidth=0, label="95 % of noise")
    outside = (found.power < found.low) | (found.power > found.high)
    right.plot(x, found.power, "o-", color=BLUE, markersize=4, label="residual of a draw")
    if outside.any():
        right.plot(x[outside], found.power[outside], "x", color=VERMILION, markersize=9, label="outside")
    right.set(xlabel=f"Baseline ({unit})", ylabel="Power over that of noise")
    for ax in axes:
        tidy(ax)
        ax.legend(frameon=False)
    return axes
