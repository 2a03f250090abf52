"""Quantiles of every pixel, and its mean in units of its spread."""

from typing import Any

import numpy as np

from bayesim.errors import ModelError
from bayesim.maps._map import Map
from bayesim.maps._pixels import image_draws, pixel_blocks, pixel_indices
from bayesim.maps.uncertainty import Uncertainty
from bayesim.sky import Grid

__all__ = ["quantiles", "signal_to_noise"]

_BLOCK = 2048


def quantiles(
    tree: Any, grid: Grid, probabilities: tuple[float, ...], *, phase_centre: tuple[float, float] | None = None
) -> tuple[Map, ...]:
    """Return one map in Jy/pixel for each probability.

    Parameters
    ----------
    tree : xarray.DataTree
        Posterior of ``image`` in Jy/pixel on the full grid or on a support, outside which the sky is zero.
    grid : Grid
        Pixels of the whole image.
    probabilities : tuple of float
        Inside (0, 1); 0.5 is the median.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Raises
    ------
    ModelError
        A probability is out of range, or the tree has no such image.
    """
    if not probabilities or not all(0 < p < 1 for p in probabilities):
        raise ModelError(f"probabilities {probabilities} must lie inside (0, 1), for example (0.16, 0.5, 0.84)")
    image = image_draws(tree)
    indices = pixel_indices(image, grid)
    values = np.zeros((len(probabilities), grid.size))
    for part, draws in pixel_blocks(image, block=_BLOCK):
        values[:, indices[part]] = np.quantile(draws.reshape(-1, draws.shape[2]), probabilities, axis=0)
    return tuple(
        Map(
            plane.reshape(grid.shape),
            grid,
            "Jy/pixel",
            f"posterior_quantile_{100 * p:g}".replace(".", "p"),
            f"posterior {100 * p:g} % quantile of each pixel (marginal)",
            phase_centre=phase_centre,
        )
        for p, plane in zip(probabilities, values, strict=True)
    )


def signal_to_noise(uncertainty: Uncertainty) -> Map:
    """Return posterior mean over standard deviation, NaN where nothing was sampled.

    Not a detection by itself: a positive prior alone makes it 1.

    Parameters
    ----------
    uncertainty : Uncertainty
        Of :func:`bayesim.maps.uncertainty`.
    """
    mean, sd = uncertainty.mean, uncertainty.sd
    ratio = np.divide(mean.values, sd.values, out=np.full(mean.grid.shape, np.nan), where=sd.values > 0)
    label = "posterior mean over standard deviation of each pixel; a positive prior alone makes it 1"
    return Map(ratio, mean.grid, "", "posterior_snr", label, phase_centre=mean.phase_centre)
