"""Rules for lambda on one axis, with the curves that they went by."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayesim.maps import LambdaComparison
from bayesim.plots._axes import CYCLE, GREY, tidy
from bayesim.solvers import LambdaChoice

__all__ = ["lambda_comparison"]

_WIDTH, _PANEL, _ROW = 7.5, 1.9, 0.3
"""Inches: of the figure, the height of a panel of curves, and of a line of text."""


def lambda_comparison(comparison: LambdaComparison) -> NDArray[np.object_]:
    """Draw what each rule chose over a common axis of lambda, and above it the scores of the rules that have any.

    A full dot is the lambda of the rule, an open one the largest lambda within one standard error of the best score;
    rules without an answer say so, and lambdas without a score are gaps.

    Returns
    -------
    ndarray of Axes, shape (n,)
        One panel for each kind of score, the choices at the bottom, on one new figure.
    """
    choices = comparison.choices
    scores = list(dict.fromkeys(choice.score for choice in choices if choice.scores.size))
    heights = [_PANEL] * len(scores) + [0.6 + _ROW * len(choices)]
    figure = Figure(figsize=(_WIDTH, sum(heights) + 0.8), layout="constrained")
    panels = figure.subplots(len(heights), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    for ax, score in zip(panels, scores, strict=False):
        for place, choice in enumerate(choices):
            if choice.score == score:
                _curve(ax, choice, CYCLE[place % len(CYCLE)])
        ax.set_ylabel(score, fontsize=8)
        ax.tick_params(labelsize=8, which="both")
        tidy(ax)
    _chosen(panels[-1], comparison)
    panels[0].set_title("λ by several rules on the same data", loc="left", fontsize=11)
    return np.asarray(panels, dtype=object)


def _curve(ax: Axes, choice: LambdaChoice, colour: str) -> None:
    """Draw a score along the path, its errors as a band, and its value at the choice."""
    # a score between two lambdas without one is a dot
    ax.plot(choice.rates, choice.scores, ".-", color=colour, linewidth=1.3, markersize=4)
    if choice.errors.size:
        ax.fill_between(
            choice.rates,
            choice.scores - choice.errors,
            choice.scores + choice.errors,
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
    nearest = int(np.argmin(np.abs(np.log(choice.rates / choice.rate))))
    ax.plot(choice.rates[nearest], choice.scores[nearest], "o", color=colour, markersize=5)
    if np.nanmin(choice.scores) > 0:
        # the minimum is flat, and what an empty sky scores is far above
        ax.set_yscale("log")
        for form in (ax.yaxis.set_major_formatter, ax.yaxis.set_minor_formatter):
            form("{x:g}")


def _chosen(ax: Axes, comparison: LambdaComparison) -> None:
    """Draw one line for each rule with its lambda, the first at the top."""
    ax.set_xscale("log")
    choices, rates = comparison.choices, comparison.problem.rates
    ax.set_xlim(rates.min() / 1.3, rates.max() * 1.3)
    for place, choice in enumerate(choices):
        colour = CYCLE[place % len(CYCLE)]
        if not np.isfinite(choice.rate):
            ax.text(0.5, place, "no answer", transform=ax.get_yaxis_transform(), color=GREY, ha="center", va="center")
            continue
        if np.isfinite(choice.sparser):
            ax.plot([choice.rate, choice.sparser], [place, place], color=colour, linewidth=1.0)
            ax.plot(choice.sparser, place, "o", color=colour, markerfacecolor="white", markersize=7)
        ax.plot(choice.rate, place, "o", color=colour, markersize=7)
    ax.set_yticks(range(len(choices)), [choice.name for choice in choices], fontsize=8)
    ax.set_ylim(len(choices) - 0.5, -0.5)
    _alphas_below(ax, comparison.problem.lambda_max, down=0.6 / (0.6 + _ROW * len(choices)))
    ax.set_xlabel("λ (1/Jy)", labelpad=1)
    tidy(ax)


def _alphas_below(ax: Axes, limit: float, *, down: float) -> None:
    """Add a second axis, ``down`` heights of the panel below it."""

    def alpha(rate: Any) -> Any:
        return rate / limit

    def rate(alpha: Any) -> Any:
        return alpha * limit

    ax.secondary_xaxis(-down, functions=(alpha, rate)).set_xlabel("α = λ / λ_max")
