"""Right ascension and declination of what a tree of draws holds, beside its direction cosines."""

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesim.errors import DataError
from bayesim.maps._celestial import celestial

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["celestial_coordinates"]


def celestial_coordinates(tree: "xr.DataTree", phase_centre: tuple[float, float] | None) -> "xr.DataTree":
    """Return a tree whose groups have the coordinates ``ra`` and ``dec`` (degrees, ICRS of the phase centre).

    Parameters
    ----------
    tree : DataTree
        Groups on the image dimensions ``m`` and ``l``, on ``pixel`` with coordinates ``l`` and ``m``, or on
        ``source`` with the candidates' ``candidate_l`` and ``candidate_m`` in ``constant_data``; others stay as they
        are.
    phase_centre : (float, float) or None
        Right ascension and declination in radians; without one there is nothing to add.

    Returns
    -------
    DataTree
        ``ra`` and ``dec`` on ``(m, l)``, ``pixel`` or ``source``. Of sources they are those of the candidates: draws
        move about them by their variables ``l`` and ``m``.

    Raises
    ------
    DataError
        Sources without the directions of their candidates.
    """
    if phase_centre is None:
        return tree
    found = tree.copy()
    for name in tree.children:
        data = tree[name].to_dataset()
        places = _places(tree, data)
        if places is None:
            continue
        dims, l, m = places
        ra, dec = (angle.reshape(l.shape) for angle in celestial(l.ravel(), m.ravel(), phase_centre))
        found[name] = type(tree)(data.assign_coords(ra=(dims, ra), dec=(dims, dec)))
    return found


def _places(tree: "xr.DataTree", data: "xr.Dataset") -> tuple[tuple[str, ...], np.ndarray, np.ndarray] | None:
    if {"l", "m"} <= set(data.dims):
        l, m = np.meshgrid(data["l"].values, data["m"].values)
        return ("m", "l"), l, m
    if "pixel" in data.dims and {"l", "m"} <= set(data.coords):
        return ("pixel",), data["l"].values, data["m"].values
    if "source" not in data.dims:
        return None
    constant: Any = tree["constant_data"].to_dataset() if "constant_data" in tree.children else {}
    if "candidate_l" not in constant or "candidate_m" not in constant:
        raise DataError("the tree has draws of sources, but no candidate_l and candidate_m in constant_data")
    return ("source",), constant["candidate_l"].values, constant["candidate_m"].values
