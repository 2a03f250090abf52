"""The posterior, pixel by pixel: mean, spread, intervals, exceedance, and whether the chains can be trusted."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, pixel_blocks, pixel_indices
from bayesim.maps.intervals import hdi
from bayesim.sky import Grid

__all__ = ["Uncertainty", "uncertainty"]

Floats = NDArray[np.float64]

_BLOCK = 2048
"""Pixels held at once: 130 MB for 4 chains of 2000 draws."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Marginal summaries of every pixel, as maps.

    Parameters
    ----------
    mean, sd : Map
        Posterior mean and standard deviation, Jy/pixel.
    low, high : Map
        Ends of the highest-density interval, Jy/pixel.
    probability : Map
        Posterior probability that the pixel's flux exceeds the threshold.
    ess_bulk, ess_tail, rhat : Map
        Effective sample sizes and rank-normalised R-hat; NaN where nothing was sampled.
    """

    mean: Map
    sd: Map
    low: Map
    high: Map
    probability: Map
    ess_bulk: Map
    ess_tail: Map
    rhat: Map

    @property
    def maps(self) -> dict[str, Map]:
        """The maps by their names."""
        return {m.name: m for m in (getattr(self, f.name) for f in fields(self))}


def uncertainty(
    tree: Any,
    grid: Grid,
    *,
    threshold: float,
    prob: float = 0.95,
    phase_centre: tuple[float, float] | None = None,
    block: int = _BLOCK,
) -> Uncertainty:
    """Summarise the posterior of every pixel.

    Parameters
    ----------
    tree : xarray.DataTree
        With ``posterior["image"]`` in Jy/pixel, dims (chain, draw, m, l), or (chain, draw, pixel) with the flat
        index of each pixel in the coordinate ``pixel`` (or ``index``).
    grid : Grid
        Pixels of the whole image.
    threshold : float
        Flux in Jy/pixel for the exceedance probability, for example ``3 * solution.sigma_image``.
    prob : float
        Probability of the highest-density interval, in (0, 1).
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    block : int
        Pixels held in memory at once.

    Returns
    -------
    Uncertainty
        Eight maps. Pixels outside the sampled support are zero in the model: mean, sd, interval and probability
        are 0 there, the diagnostics NaN. A pixel that never moves has R-hat NaN.

    Raises
    ------
    ModelError
        The tree has no such image, it does not fit the grid, or it holds fewer than 4 draws.
    """
    if not np.isfinite(threshold):
        raise ModelError(f"threshold {threshold} Jy/pixel must be finite, for example 3 sigma_image")
    image = image_draws(tree)
    indices = pixel_indices(image, grid)
    columns = [_summary(part, threshold=threshold, prob=prob) for _, part in pixel_blocks(image, block=block)]
    values = np.concatenate(columns, axis=1) if columns else np.empty((len(_FILL), 0))
    names = [f.name for f in fields(Uncertainty)]
    labels = _labels(threshold=threshold, prob=prob, sampled=indices.size, pixels=grid.size)
    maps = {}
    for name, row, outside in zip(names, values, _FILL, strict=True):
        full = np.full(grid.size, outside)
        full[indices] = row
        unit = "Jy/pixel" if name in ("mean", "sd", "low", "high") else ""
        maps[name] = Map(
            full.reshape(grid.shape), grid, unit, f"posterior_{name}", labels[name], phase_centre=phase_centre
        )
    return Uncertainty(**maps)


_FILL = (0.0, 0.0, 0.0, 0.0, 0.0, np.nan, np.nan, np.nan)


def _summary(draws: Floats, *, threshold: float, prob: float) -> Floats:
    """Return the eight summaries of one block, shape (8, k), in the order of :class:`Uncertainty`."""
    # the samplers import PyMC, which takes seconds; the rooms' other maps need neither
    from bayesim.samplers.diagnostics import diagnose

    flat = draws.reshape(-1, draws.shape[2])
    low, high = hdi(flat, prob=prob)
    exceeds = np.mean(flat > threshold, axis=0)
    moments = (flat.mean(axis=0), flat.std(axis=0, ddof=1), low, high, exceeds)
    chains = diagnose(draws)
    return np.stack([*moments, chains.ess_bulk, chains.ess_tail, chains.rhat])


def _labels(*, threshold: float, prob: float, sampled: int, pixels: int) -> dict[str, str]:
    scope = "" if sampled == pixels else f"; {sampled} of {pixels} pixels sampled, the others are zero in the model"
    return {
        "mean": f"posterior mean{scope}",
        "sd": f"posterior standard deviation{scope}",
        "low": f"lower end of the {100 * prob:g} % highest-density interval of each pixel (marginal){scope}",
        "high": f"upper end of the {100 * prob:g} % highest-density interval of each pixel (marginal){scope}",
        "probability": f"posterior probability of a flux above {threshold:.3g} Jy/pixel{scope}",
        "ess_bulk": f"bulk effective sample size{scope}",
        "ess_tail": f"tail effective sample size (5 % and 95 % quantiles){scope}",
        "rhat": f"rank-normalised split R-hat{scope}",
    }
