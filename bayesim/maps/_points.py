"""Posterior draws of sources between pixels, one draw at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["holds_points", "some_points"]

Floats = NDArray[np.float64]


def holds_points(tree: Any) -> bool:
    """Return whether a tree's posterior holds point sources with positions of their own, and no image."""
    names = set(map(str, tree["posterior"].data_vars)) if "posterior" in tree.children else set()
    return {"flux", "l", "m"} <= names and "image" not in names


def some_points(tree: Any, *, most: int) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield flux (Jy), l and m of the sources in at most ``most`` draws, evenly spaced over all chains.

    All that are present, those too faint to list included: a draw is a whole sky.
    """
    # PyMC's room takes seconds to import, and maps of an image need none of it
    from bayesim.samplers import every_source

    flux, l, m = (values.reshape(-1, values.shape[2]) for values in every_source(tree))
    for place in np.unique(np.linspace(0, len(flux) - 1, min(most, len(flux))).astype(np.int64)):
        present = flux[place] != 0
        yield flux[place, present], l[place, present], m[place, present]
