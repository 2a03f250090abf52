"""Fluxes of a catalogue against the truth."""

from dataclasses import dataclass

import numpy as np
from astropy.table import Table
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.plots._axes import BLUE, GREY, VERMILION, axes_or_new, tidy

__all__ = ["catalogue_truth"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Matched:
    """Rows of the catalogue with the true flux near them."""

    true: Floats
    flux: Floats
    low: Floats
    high: Floats
    missed: Floats

    @property
    def covered(self) -> NDArray[np.bool_]:
        return np.asarray((self.low <= self.true) & (self.true <= self.high))


def catalogue_truth(table: Table, truth: Table, ax: Axes | None = None, *, radius: float) -> Axes:
    """Draw measured fluxes with their intervals over true fluxes.

    Parameters
    ----------
    table : astropy Table
        From :func:`bayesim.maps.catalogue`.
    truth : astropy Table
        Columns ``l``, ``m`` (deg) and ``flux`` (Jy).
    ax : Axes or None
        Where to draw.
    radius : float
        Degrees within which a true source belongs to the nearest row; the fluxes of several add up.

    Returns
    -------
    Axes
        Both axes in Jy, logarithmic. Intervals that miss the truth are red; true sources without a row are
        crosses on the lower axis; rows without a true source are counted in the title.

    Raises
    ------
    ModelError
        The truth is empty or holds a flux that is not positive.
    """
    if not len(truth) or np.any(np.asarray(truth["flux"]) <= 0):
        raise ModelError(f"the truth has {len(truth)} sources: need at least one, all with positive flux")
    ax = axes_or_new(ax, size=(5.0, 4.8))
    match = _match(table, truth, radius=radius)
    real = match.true > 0
    known = real & np.isfinite(match.low)
    for mask, colour, text in (
        (known & match.covered, BLUE, "interval holds the truth"),
        (known & ~match.covered, VERMILION, "interval misses it"),
        (real & ~known, GREY, "no interval"),
    ):
        _draw(ax, match, mask, colour, f"{text} ({np.count_nonzero(mask)})")
    _frame(ax, match, real)
    spurious = np.count_nonzero(~real)
    ax.set_title(f"{real.sum()} matched, {match.missed.size} missed, {spurious} spurious", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False, loc="upper left")
    return ax


def _draw(ax: Axes, match: _Matched, mask: NDArray[np.bool_], colour: str, label: str) -> None:
    if not mask.any():
        return
    flux = match.flux[mask]
    ends = np.abs(np.stack([flux - match.low[mask], match.high[mask] - flux]))
    yerr = None if np.isnan(ends).all() else ends
    ax.errorbar(match.true[mask], flux, yerr=yerr, fmt="o", color=colour, markersize=4, linewidth=1, label=label)


def _frame(ax: Axes, match: _Matched, real: NDArray[np.bool_]) -> None:
    everything = np.concatenate([match.true[real], match.missed, match.flux[real & (match.flux > 0)]])
    limits = (0.6 * float(everything.min()), 1.6 * float(everything.max()))
    ax.plot(limits, limits, color=GREY, linewidth=1, zorder=0)
    ax.set(
        xscale="log", yscale="log", xlim=limits, ylim=limits, xlabel="True flux (Jy)", ylabel="Catalogue flux (Jy)"
    )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    if match.missed.size:
        ax.plot(
            match.missed, np.full(match.missed.size, 0.03), "x", color=VERMILION, transform=ax.get_xaxis_transform(),
            clip_on=False, label=f"not found ({match.missed.size})",
        )  # fmt: skip


def _match(table: Table, truth: Table, *, radius: float) -> _Matched:
    flux, low, high = (np.asarray(table[name], dtype=float) for name in ("flux", "flux_low", "flux_high"))
    true_flux = np.asarray(truth["flux"], dtype=float)
    if not flux.size:
        return _Matched(flux, flux, low, high, true_flux)
    east = np.asarray(truth["l"])[:, None] - np.asarray(table["l"])
    north = np.asarray(truth["m"])[:, None] - np.asarray(table["m"])
    distance = np.hypot(east, north)
    nearest = np.argmin(distance, axis=1)
    near = distance[np.arange(true_flux.size), nearest] <= radius
    true = np.bincount(nearest[near], weights=true_flux[near], minlength=flux.size)
    return _Matched(true, flux, low, high, true_flux[~near])
