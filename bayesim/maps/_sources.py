"""Sources under construction: what the mode, a refit and a posterior each know of an island."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayesim.errors import ModelError
from bayesim.maps._islands import island_sizes, island_sums
from bayesim.maps._totals import totals
from bayesim.maps.beams import Beam
from bayesim.maps.intervals import hdi
from bayesim.solvers import Refit, Solution

__all__ = ["Sources", "from_refit", "from_solution", "from_tree", "with_fisher"]

Floats = NDArray[np.float64]

_SIGMAS = 3.0
"""A source counts as detected above this many ``sigma_image``."""


@dataclass(frozen=True, eq=False)
class Sources:
    """Columns under construction, one value per island."""

    l: Floats
    m: Floats
    l_sd: Floats
    m_sd: Floats
    flux: Floats
    flux_sd: Floats
    flux_low: Floats
    flux_high: Floats
    probability: Floats
    pixels: NDArray[np.int64]
    label: NDArray[np.object_]


def from_solution(solution: Solution, labels: NDArray[np.int64], *, count: int) -> Sources:
    """Return the islands of the mode: its own fluxes, which are shrunk, and no errors."""
    island = labels.ravel()[solution.indices]
    l, m = solution.grid.directions(solution.indices)
    size = np.abs(solution.fluxes)
    bright = island_sums(island, size, count=count)
    unknown = np.full(count, np.nan)
    return Sources(
        l=island_sums(island, size * l, count=count) / bright,
        m=island_sums(island, size * m, count=count) / bright,
        l_sd=unknown,
        m_sd=unknown,
        flux=island_sums(island, solution.fluxes, count=count),
        flux_sd=unknown,
        flux_low=unknown,
        flux_high=unknown,
        probability=unknown,
        pixels=island_sizes(island, count=count),
        label=np.full(count, "LASSO flux, shrunk; no interval", dtype=object),
    )


def from_tree(
    sources: Sources, tree: Any, solution: Solution, labels: NDArray[np.int64], *, prob: float
) -> tuple[Sources, float]:
    """Replace what the posterior says about the islands that hold sampled pixels."""
    sums = totals(tree, solution.grid, labels, count=sources.flux.size)
    sampled = sums.pixels > 0
    low, high = hdi(sums.flux, prob=prob)
    l, l_sd = _centroid(sums.l)
    m, m_sd = _centroid(sums.m)
    text = f"{100 * prob:g} % HDI of the island's flux, posterior of its pixels"
    found = {
        "flux": sums.flux.mean(axis=0),
        "flux_sd": sums.flux.std(axis=0, ddof=1),
        "flux_low": low,
        "flux_high": high,
        "probability": np.mean(sums.flux > _SIGMAS * solution.sigma_image, axis=0),
        "pixels": sums.pixels,
        "label": np.full(sampled.size, text, dtype=object),
    }
    positions = {"l": l, "m": m, "l_sd": l_sd, "m_sd": m_sd}
    placed = sampled & np.isfinite(l) & np.isfinite(m)
    new = {name: np.where(sampled, value, getattr(sources, name)) for name, value in found.items()}
    new |= {name: np.where(placed, value, getattr(sources, name)) for name, value in positions.items()}
    return replace(sources, **new), sums.outside


def _centroid(draws: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation over the draws that are not empty; NaN where fewer than two are."""
    filled = np.isfinite(draws)
    number = filled.sum(axis=0)
    mean = np.where(filled, draws, 0.0).sum(axis=0) / np.where(number > 0, number, np.nan)
    squares = np.where(filled, np.square(draws - mean), 0.0).sum(axis=0)
    sd = np.sqrt(squares / np.where(number > 1, number - 1, np.nan))
    # an island of one column (or row) of pixels says nothing about the position across it
    return mean, np.where(sd > 1e-9 * np.ptp(np.where(filled, draws, 0.0)), sd, np.nan)


def from_refit(sources: Sources, refit: Refit, labels: NDArray[np.int64], *, prob: float) -> Sources:
    """Replace the fluxes by the refit's, summed over each island, with Gaussian errors."""
    count = sources.flux.size
    island = labels.ravel()[refit.indices]
    if np.any(island == 0):
        raise ModelError("the refit holds pixels outside the solution's islands: refit on this solution's support")
    member = (island[:, None] == np.arange(1, count + 1)).astype(np.float64)
    flux = member.T @ refit.fluxes
    sd = np.sqrt(np.maximum(np.einsum("ki,kj,ji->i", member, refit.covariance, member), 0.0))
    width = float(special.ndtri(0.5 + prob / 2)) * sd
    text = f"de-biased refit; {100 * prob:g} % interval from standard errors, conditional on the support"
    kept = island_sizes(island, count=count) > 0
    label = np.where(kept, text, "removed by the de-biased refit; no interval").astype(object)
    sd, width = (np.where(kept, value, np.nan) for value in (sd, width))
    return replace(sources, flux=flux, flux_sd=sd, flux_low=flux - width, flux_high=flux + width, label=label)


def with_fisher(sources: Sources, beam: Beam | None, *, sigma: float) -> Sources:
    """Fill position errors that are still unknown with ``beam / signal-to-noise``."""
    if beam is None:
        return sources
    noise = np.divide(sigma, np.abs(sources.flux), out=np.full(sources.flux.size, np.nan), where=sources.flux != 0)
    spread_l, spread_m = np.sqrt(np.diag(beam.covariance))
    return replace(
        sources,
        l_sd=np.where(np.isfinite(sources.l_sd), sources.l_sd, spread_l * noise),
        m_sd=np.where(np.isfinite(sources.m_sd), sources.m_sd, spread_m * noise),
    )
