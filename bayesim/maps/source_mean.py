"""The posterior mean of a sky in closed form, as an image."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bayesim.errors import ModelError
from bayesim.maps._map import Map
from bayesim.sky import Grid
from bayesim.sources import Source

if TYPE_CHECKING:
    from xarray import DataTree

__all__ = ["source_mean"]


def source_mean(
    make: Callable[..., Source], tree: "DataTree", grid: Grid, *, names: tuple[str, ...], draws: int = 40
) -> Map:
    """Return the mean of the images of posterior draws.

    Parameters
    ----------
    make : callable
        Builds the source from the values of one draw, given as keywords.
    tree : DataTree
        With a ``posterior`` (chain, draw, ...).
    grid : Grid
        Pixels of the image; each is the integral of the brightness over a tent two pixels wide.
    names : tuple of str
        Variables that ``make`` takes.
    draws : int
        Draws of all chains together that are averaged, evenly thinned, at least 1.

    Returns
    -------
    Map
        Jy/pixel.

    Raises
    ------
    ModelError
        There is no posterior, it lacks a variable, or ``draws`` is below 1.
    """
    if "posterior" not in tree.children:
        raise ModelError("the tree has no posterior: sample first")
    missing = [name for name in names if name not in tree["posterior"]]
    if missing or draws < 1:
        raise ModelError(f"draws {draws} must be 1 or more, and the posterior must hold {missing or list(names)}")
    stacked = tree["posterior"].to_dataset()[list(names)].stack(sample=("chain", "draw"))
    chosen = np.unique(np.linspace(0, stacked.sizes["sample"] - 1, draws).astype(int))
    values = {name: stacked[name].transpose("sample", ...).values[chosen] for name in names}
    images = [
        make(**{name: value[k] if value.ndim > 1 else float(value[k]) for name, value in values.items()}).image(grid)
        for k in range(chosen.size)
    ]
    return Map(
        values=np.mean(images, axis=0),
        grid=grid,
        unit="Jy/pixel",
        name="posterior_mean",
        label=f"posterior mean of a sky in closed form, {chosen.size} draws",
    )
