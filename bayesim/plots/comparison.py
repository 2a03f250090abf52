"""Models side by side by what they predict of data left out."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from bayesim.plots._axes import BLUE, GREY, VERMILION, axes_or_new, tidy
from bayesim.samplers import Prediction

__all__ = ["comparison"]


def comparison(table: Mapping[str, Prediction], ax: Axes | None = None) -> Axes:
    """Draw each model's expected log predictive density below that of the best, with two standard errors.

    Parameters
    ----------
    table : mapping of str to Prediction
        From :func:`bayesim.samplers.compare`, the best first.
    ax : Axes or None
        Where to draw.

    Returns
    -------
    Axes
        One row per model, the best on top; untrusted ones (Pareto k above 0.7) are said to be.
    """
    ax = axes_or_new(ax, size=(6.5, 1.2 + 0.5 * len(table)))
    ax.axvline(0.0, color=GREY, linewidth=1)
    names = []
    for row, (name, found) in enumerate(table.items()):
        colour = VERMILION if found.untrusted else BLUE
        ax.errorbar(found.difference, row, xerr=2 * found.difference_se, fmt="o", color=colour, capsize=3)
        doubt = f"\n(Pareto k > 0.7 at {found.untrusted})" if found.untrusted else ""
        names.append(name.replace("_", " ") + doubt)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="Expected log predictive density, less that of the best (± 2 standard errors)")
    ax.set_ylim(len(names) - 0.5, -0.5)
    tidy(ax)
    return ax
