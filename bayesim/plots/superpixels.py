"""Widths of intervals at several scales, side by side."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import AsinhNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.maps import SuperpixelIntervals
from bayesim.plots._axes import BLUE, GREY, flux_unit, tidy
from bayesim.plots.image import image

__all__ = ["superpixels"]

_FAINT = 0.03
"""Of the widest interval: linear up to here, logarithmic above, since widths fall with the side."""


def superpixels(scales: Sequence[SuperpixelIntervals]) -> NDArray[np.object_]:
    """Draw the width of the interval of every block, one panel per size, and the median width against the size.

    Parameters
    ----------
    scales : sequence of SuperpixelIntervals
        Of one posterior at several sizes, the finest first.

    Returns
    -------
    ndarray of Axes, shape (len(scales) + 1,)
        On one new figure. The images share one asinh scale; the dashed line of the last panel falls as one over the
        side, as the mean of independent pixels would. Blocks that were not sampled are left out of the median.

    Raises
    ------
    ModelError
        There is no scale.
    """
    if not scales:
        raise ModelError("no scale to draw: give maps.superpixel_intervals of one or more sizes")
    panels = len(scales) + 1
    rows, columns = scales[0].mean.grid.shape
    figure = Figure(figsize=(4.2 * panels, max(3.6 * rows / columns, 2.6) + 0.4), layout="compressed")
    axes: NDArray[np.object_] = np.asarray(figure.subplots(1, panels), dtype=object)
    widths = [scale.width for scale in scales]
    top = max(float(width.values.max()) for width in widths) or 1.0
    norm = AsinhNorm(linear_width=_FAINT * top, vmin=0.0, vmax=top)
    for ax, scale, width in zip(axes, scales, widths, strict=False):
        image(width, ax, norm=norm, title=f"Interval of the mean of {scale.size} x {scale.size}")
    _medians(axes[-1], [scale.size for scale in scales], [width.values for width in widths])
    return axes


def _medians(ax: Axes, sizes: list[int], widths: list[NDArray[np.float64]]) -> None:
    middle = np.array([np.median(width[width > 0]) if (width > 0).any() else np.nan for width in widths])
    unit, factor = flux_unit(middle, "Jy/pixel")
    ax.plot(sizes, middle / factor, "o-", color=BLUE, label="median block")
    ax.plot(sizes, middle[0] / factor * sizes[0] / np.array(sizes), "--", color=GREY, label="independent pixels")
    ax.set(xscale="log", yscale="log", xlabel="Side of a block (pixels)", ylabel=f"Width of the interval ({unit})")
    ax.xaxis.set_major_locator(FixedLocator(sizes))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    tidy(ax)
    ax.legend(frameon=False)
