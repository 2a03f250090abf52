"""Rank plot: whether the chains draw from one distribution."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesim.plots._axes import CYCLE, GREY, axes_or_new, tidy
from bayesim.plots._scalars import scalar_draws

__all__ = ["rank"]

Floats = NDArray[np.float64]

_POINTS = 100
_SIMULATIONS = 400


def rank(tree: Any, name: str, ax: Axes | None = None, *, prob: float = 0.95, seed: int = 0) -> Axes:
    """Draw, per chain, the ECDF of the fractional ranks minus the uniform one.

    Chains that draw from one distribution stay inside the band all together with probability ``prob``, if their
    draws are independent; autocorrelated draws wander further, so thin to about one draw in ``draws / ESS``.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior.
    name : str
        A scalar variable of it.
    ax : Axes or None
        Where to draw.
    prob : float
        Of the simultaneous band.
    seed : int
        Of the permutations that give the band.

    Notes
    -----
    After Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32; the band here has the
    hypergeometric standard deviation times a factor found by permutation.
    """
    ax = axes_or_new(ax)
    draws = scalar_draws(tree, name)
    points = np.arange(1, _POINTS) / _POINTS
    band = _band(*draws.shape, points=points, prob=prob, seed=seed)
    ax.fill_between(points, -band, band, color=GREY, alpha=0.25, linewidth=0, label=f"{100 * prob:g} % of all chains")
    order = np.argsort(draws, axis=None, kind="stable")
    curves = _ecdf(order // draws.shape[1], len(draws), points) - points
    for chain, curve in enumerate(curves):
        ax.plot(points, curve, color=CYCLE[chain % len(CYCLE)], linewidth=1.2)
    outside = int(np.count_nonzero(np.any(np.abs(curves) > band, axis=1)))
    ax.set(xlabel="Fractional rank", ylabel="ECDF difference", xlim=(0, 1))
    ax.set_title(f"Ranks of {name}: {outside} of {len(draws)} chains leave the band", loc="left", fontsize=11)
    tidy(ax)
    ax.legend(frameon=False, loc="upper right")
    return ax


def _ecdf(chain_of_rank: NDArray[np.int64], chains: int, points: Floats) -> Floats:
    """Return the share of each chain's draws among the lowest ranks, shape (chains, points)."""
    member = chain_of_rank == np.arange(chains)[:, None]
    share = np.cumsum(member, axis=1) / member.sum(axis=1, keepdims=True)
    at = np.clip(np.floor(points * chain_of_rank.size).astype(np.int64) - 1, 0, None)
    return np.asarray(share[:, at], dtype=np.float64)


def _band(chains: int, draws: int, *, points: Floats, prob: float, seed: int) -> Floats:
    """Return the half-width of the band at every point."""
    rng = np.random.default_rng(seed)
    total = chains * draws
    spread = np.sqrt(points * (1 - points) / draws * max(total - draws, 1) / max(total - 1, 1))
    owner = np.repeat(np.arange(chains), draws)
    furthest = [
        np.max(np.abs(_ecdf(rng.permutation(owner), chains, points) - points) / spread) for _ in range(_SIMULATIONS)
    ]
    return np.asarray(spread * np.quantile(furthest, prob))
