"""Whether intervals hold the truth, and sources are found, over the signal-to-noise ratio of what was injected."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from bayesim.errors import ModelError
from bayesim.plots._axes import BLUE, GREEN, GREY, axes_or_new, tidy
from bayesim.validation import Coverage, coverage_table

__all__ = ["coverage"]


def coverage(study: Coverage, ax: Axes | None = None) -> Axes:
    """Draw the fractions of a coverage study with their 68 % binomial intervals.

    Parameters
    ----------
    study : Coverage
        From :func:`bayesim.validation.coverage`, with injected sources.
    ax : Axes or None
        Where to draw; the signal-to-noise ratio is on a logarithmic axis.

    Raises
    ------
    ModelError
        Nothing was injected.
    """
    if not len(study.injected):
        raise ModelError("nothing was injected: draw a study with fluxes")
    ax = axes_or_new(ax)
    table = coverage_table(study)
    snr = np.asarray(table["snr"])
    for name, colour, marker, text in (
        ("covered", BLUE, "o", f"{100 * study.prob:g} % interval holds the flux"),
        ("detected", GREEN, "s", "inclusion above 0.5"),
    ):
        value = np.asarray(table[name])
        ends = np.stack([value - table[f"{name}_low"], table[f"{name}_high"] - value])
        ax.errorbar(snr, value, yerr=np.maximum(ends, 0.0), color=colour, marker=marker, markersize=5, label=text)
    ax.plot(snr, np.asarray(table["inclusion"]), color=GREEN, linestyle=":", label="mean inclusion")
    ax.axhline(study.prob, color=GREY, linewidth=1, linestyle="--")
    ax.set(xscale="log", ylim=(0, 1.04), xlabel="Signal-to-noise ratio of the source", ylabel="Fraction")
    ax.xaxis.set_major_locator(FixedLocator(snr.tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:.3g}")
    ax.set_title(f"{int(table['n'].max())} injections of each", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False, loc="lower right")
    return ax
