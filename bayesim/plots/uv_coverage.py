"""Where the array measured: the uv plane with both Hermitian halves."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.plots._axes import BLUE, axes_or_new, baseline_unit, figure_of

__all__ = ["uv_coverage"]

_DENSE = 20_000
"""Visibilities above which points hide each other and a density says more."""


def uv_coverage(visibilities: Visibilities, ax: Axes | None = None) -> Axes:
    """Draw (u, v) and (-u, -v); more than 20 000 visibilities are drawn as a density.

    Returns
    -------
    Axes
        In wavelengths, kilo-, mega- or gigawavelengths; u grows to the left, as East does on the sky.
    """
    ax = axes_or_new(ax, size=(5.2, 4.8))
    name, scale = baseline_unit(visibilities.longest_baseline)
    u = np.concatenate([visibilities.u, -visibilities.u]) / scale
    v = np.concatenate([visibilities.v, -visibilities.v]) / scale
    _draw(ax, u, v)
    reach = 1.06 * visibilities.longest_baseline / scale
    ax.set(xlim=(reach, -reach), ylim=(-reach, reach), aspect="equal", xlabel=f"u ({name})", ylabel=f"v ({name})")
    ax.set_title(f"uv coverage, {len(visibilities):,} visibilities", loc="left", fontsize=11)
    return ax


def _draw(ax: Axes, u: NDArray[np.float64], v: NDArray[np.float64]) -> None:
    if u.size <= 2 * _DENSE:
        ax.plot(u, v, ".", color=BLUE, markersize=1.6 if u.size > 2000 else 3, alpha=0.6, rasterized=True)
        return
    counts, edges_u, edges_v = np.histogram2d(u, v, bins=240)
    drawn = ax.pcolormesh(
        edges_u, edges_v, np.where(counts > 0, counts, np.nan).T, norm=LogNorm(), cmap="viridis", rasterized=True
    )
    figure_of(ax).colorbar(drawn, ax=ax, fraction=0.046, pad=0.03, label="visibilities per cell")
