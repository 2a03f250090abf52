"""The start of sources and of a sparse image beside them: the sources alone, then the pixels that they leave."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bayesim.data import Visibilities
from bayesim.samplers.multi_start import multi_start
from bayesim.samplers.start import Start
from bayesim.sky import Grid
from bayesim.solvers import BesideSources, beside_sources
from bayesim.sources import Sum

__all__ = ["start_beside"]

_SPREAD = 0.1
"""Of the logarithms of pixels and rate: pixels that were chosen stand well above the noise."""


def start_beside(
    alone: Any,
    make: Callable[..., Sum],
    vis: Visibilities,
    grid: Grid,
    *,
    names: tuple[str, ...],
    seed: int,
    climbs: int = 5,
) -> tuple[BesideSources, Start]:
    """Return pixels for a sparse image beside sources, and the start of the model of both.

    Parameters
    ----------
    alone : pm.Model
        The sources without an image, with a ``noise_scale``.
    make : callable
        From the scalar variables ``names`` to a sum of :class:`~bayesim.sources.Offset` sources.
    vis : Visibilities
        The data of the model.
    grid : Grid
        Pixels that may be chosen from.
    names : tuple of str
        Variables of the sources.
    seed, climbs : int
        As of :func:`bayesim.samplers.multi_start`, by which the sources are fitted.

    Returns
    -------
    BesideSources
        As of :func:`bayesim.solvers.beside_sources`.
    Start
        Of the model with the pixels as ``image`` and their rate as ``lambda``, which starts at one over their mean.

    Raises
    ------
    ModelError
        No climb ended at a finite density, or the sources leave nothing.
    """
    found = multi_start(alone, seed=seed, climbs=climbs)
    fitted = make(**{name: float(found.values[name]) for name in names})
    image = beside_sources(vis, fitted.sources, grid, noise_scale=float(found.values["noise_scale"]))
    values = {**found.values, "image": image.fluxes, "lambda": np.asarray(1.0 / image.fluxes.mean())}
    spread = {**found.spread, "image": np.full(image.fluxes.shape, _SPREAD), "lambda": np.asarray(_SPREAD)}
    rule = f"{found.rule}; pixels: mode of what they leave"
    return image, Start(values=values, spread=spread, grid=grid, rule=rule)
