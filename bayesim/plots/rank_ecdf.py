"""Ranks of a calibration study against the band of uniform ones."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bayesim.errors import ModelError
from bayesim.plots._axes import CYCLE, GREY, axes_or_new, tidy
from bayesim.validation import judge_ranks, rank_band

__all__ = ["rank_ecdf"]


def rank_ecdf(
    study: Any, ax: Axes | None = None, *, names: tuple[str, ...] | None = None, prob: float = 0.95, seed: int = 0
) -> Axes:
    """Draw the ECDF of every quantity's ranks minus the uniform one, and the band that holds one whole curve.

    A curve that rises first and falls later (a hump) has truths too low in the posterior: it is biased high. Low on
    the left and high on the right: too wide; high on the left and low on the right: too narrow.

    Parameters
    ----------
    study : xarray.Dataset
        From :func:`bayesim.validation.sbc` or :func:`bayesim.validation.rank_study`.
    ax : Axes or None
        Where to draw.
    names : tuple of str, optional
        Quantities; all by default.
    prob : float
        Of the simultaneous band of one curve.
    seed : int
        Of the uniform ranks that give the band.

    Raises
    ------
    ModelError
        A name is not in the study.
    """
    known = [str(name) for name in study["quantity"].values]
    wanted = known if names is None else list(names)
    if unknown := sorted(set(wanted) - set(known)):
        raise ModelError(f"the study has no quantity {unknown}: it has {known}")
    ax = axes_or_new(ax)
    kept, some = int(study.attrs["kept"]), study.sel(quantity=wanted)
    points, low, high = rank_band(study.sizes["replicate"], kept, prob=prob, seed=seed)
    verdict = judge_ranks(some, prob=prob, seed=seed)
    ax.fill_between(
        points, low - points, high - points, color=GREY, alpha=0.25, linewidth=0, label=f"{100 * prob:g} % of each"
    )
    for k, name in enumerate(wanted):
        ranks = np.sort(some["rank"].sel(quantity=name).values)
        below = np.searchsorted(ranks, np.arange(1, kept + 1)) / ranks.size
        colour, style = CYCLE[k % len(CYCLE)], ("-", "--", ":")[k // len(CYCLE) % 3]
        label = f"{name} (p = {verdict.p_values[name]:.2g})"
        ax.plot(points, below - points, linewidth=1.2, color=colour, linestyle=style, label=label)
    ax.set(xlabel="Fractional rank of the truth", ylabel="ECDF difference", xlim=(0, 1))
    title = f"{len(verdict.outside)} of {len(wanted)} quantities leave the band"
    ax.set_title(f"{title}, {verdict.replicates} replicates", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False, fontsize=8, ncols=2 if len(wanted) > 3 else 1)
    return ax
