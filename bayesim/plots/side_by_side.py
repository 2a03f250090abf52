"""Maps beside each other, in colours that can be compared."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.maps import Map
from bayesim.plots import stretch
from bayesim.plots.image import image

__all__ = ["side_by_side"]

_PANEL = 4.4
"""Inches of one panel with its colour bar."""


def side_by_side(*groups: Sequence[Map], columns: int | None = None) -> NDArray[np.object_]:
    """Draw maps in rows, one colour scale for each group.

    Parameters
    ----------
    *groups : sequence of Map
        Maps whose values are to be compared with each other (a posterior mean and the truth; the channels of a
        cube), of one unit. Their names are the titles.
    columns : int or None
        Panels in a row, at least 1; by default all maps are in one row.

    Returns
    -------
    ndarray of Axes, shape (number of maps,)
        On one new figure, East to the left in each.

    Raises
    ------
    ModelError
        There is no map, or less than one column.
    """
    maps = [map_ for group in groups for map_ in group]
    width = len(maps) if columns is None else columns
    if not maps or width < 1:
        raise ModelError(f"{len(maps)} maps in {width} columns: give at least one of each")
    height = -(-len(maps) // width)
    figure = Figure(figsize=(_PANEL * width, 0.86 * _PANEL * height), layout="compressed")
    axes: NDArray[np.object_] = np.asarray(figure.subplots(height, width, squeeze=False), dtype=object).ravel()
    for ax in axes[len(maps) :]:
        ax.remove()
    panels = axes[: len(maps)]
    free = iter(panels)
    for group in groups:
        together = np.concatenate([map_.values.ravel() for map_ in group])
        scale = stretch.symmetric if any(map_.signed for map_ in group) else stretch.compressed
        for map_ in group:
            image(map_, next(free), norm=scale(together))
    return panels
