"""Where the proof of the mode and the belief of the posterior agree, and where only one of them speaks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.errors import GridError, ModelError
from bayesim.maps._map import Map
from bayesim.solvers import Solution

__all__ = ["CLASSES", "CertifiedCredible", "certified_credible"]

CLASSES = ("neither", "certified only", "credible only", "both")
"""What the values 0 to 3 of the map mean."""


@dataclass(frozen=True, eq=False)
class CertifiedCredible:
    """Certified: some mode may hold flux there. Credible: the posterior believes in flux there.

    Parameters
    ----------
    classes : Map
        Place in :data:`CLASSES` of every pixel.
    pixels : dict of str to int
        Pixels of every class.
    islands : dict of str to int
        Connected sets (8 neighbours) of pixels that are either, by what they hold: "both" has pixels of both kinds,
        next to each other if not the same.
    """

    classes: Map
    pixels: dict[str, int]
    islands: dict[str, int]


def certified_credible(solution: Solution, probability: Map, *, level: float = 0.95) -> CertifiedCredible:
    """Compare the provable saturation set with the pixels of high posterior probability.

    Parameters
    ----------
    solution : Solution
        The mode; ``R < 1`` is needed for its set to exclude anything.
    probability : Map
        From :func:`~bayesim.maps.exceedance` or ``uncertainty(...).probability``.
    level : float
        Probability from which a pixel is credible, in (0, 1).

    Returns
    -------
    CertifiedCredible
        "Certified only" is what a mode may use and the posterior does not need: faint, or noise that lambda lets
        through. "Credible only" is what the mode cannot hold at this lambda although the posterior believes in it:
        flux that the penalty moved to a neighbour, or a source below lambda. Neither set is wrong by that.

    Raises
    ------
    GridError
        Mode and map lie on different grids.
    ModelError
        ``level`` is out of range.
    """
    if solution.grid != probability.grid:
        raise GridError(f"the mode lies on {solution.grid}, the probability on {probability.grid}")
    if not 0 < level < 1:
        raise ModelError(f"level {level} must lie inside (0, 1), for example 0.95")
    certified, credible = solution.saturation, probability.values >= level
    kinds = certified + 2 * credible.astype(np.int64)
    labels, count = ndimage.label(kinds > 0, structure=np.ones((3, 3), dtype=np.int64))
    numbers = np.arange(1, count + 1)
    held = _any(certified, labels, numbers) + 2 * _any(credible, labels, numbers)
    proof = f"R = {solution.radius:.3g}" if solution.radius < 1 else "R >= 1, which certifies every pixel"
    label = (
        f"0 neither, 1 certified only (certificate >= 1 - R, {proof}), 2 credible only (probability >= {level:g}), "
        f"3 both; credible: {probability.label}"
    )
    centre = probability.phase_centre
    return CertifiedCredible(
        Map(kinds.astype(np.float64), solution.grid, "", "certified_credible", label, phase_centre=centre),
        pixels={name: int(np.count_nonzero(kinds == place)) for place, name in enumerate(CLASSES)},
        islands={name: int(np.count_nonzero(held == place)) for place, name in enumerate(CLASSES) if place},
    )


def _any(mask: NDArray[np.bool_], labels: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.isin(numbers, labels[mask]).astype(np.int64)
