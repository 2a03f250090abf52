"""The channels of a cube, each as a map."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bayesim.maps._map import Map
from bayesim.sky import Grid

__all__ = ["channel_maps"]


def channel_maps(cube: Iterable[NDArray[np.float64]], grid: Grid, name: str) -> list[Map]:
    """Return one map per channel, named ``"NAME, channel K"`` from 0.

    Parameters
    ----------
    cube : array_like, shape (channels, rows, columns)
        Jy/pixel.
    grid : Grid
        Pixels of every channel.
    name : str
        What the values are: ``"mean"``, ``"truth"``.

    Raises
    ------
    GridError
        A channel does not have the grid's shape.
    """
    return [Map(np.asarray(sky), grid, "Jy/pixel", f"{name}, channel {k}", name) for k, sky in enumerate(cube)]
