"""The two parts of a hybrid sky, taken apart by their posterior."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.maps import source_mean, uncertainty
from bayesim.plots.side_by_side import side_by_side
from bayesim.sky import Grid
from bayesim.sources import Source

__all__ = ["components"]


def components(make: Callable[..., Source], tree: Any, grid: Grid, *, names: tuple[str, ...]) -> NDArray[np.object_]:
    """Draw the mean of the sources beside the mean of the image, each in its own colours.

    Parameters
    ----------
    make : callable
        From the variables to a source, as for :func:`bayesim.maps.source_mean`.
    tree : xarray.DataTree
        Posterior of the sources and of ``image`` (Jy/pixel).
    grid : Grid
        Pixels of both.
    names : tuple of str
        Variables of the sources.

    Returns
    -------
    ndarray of Axes, shape (2,)
        On one new figure, East to the left in each.
    """
    shapes = replace(source_mean(make, tree, grid, names=names), name="sources")
    # the threshold is that of a probability that is not drawn
    sparse = replace(uncertainty(tree, grid, threshold=0.0).mean, name="sparse_image")
    return side_by_side([shapes], [sparse])
