"""Candidates about other places: where the fit put them turned out to be off."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators.directions import Directions
from bayesim.solvers._patches import corners, patches
from bayesim.solvers._points import Points
from bayesim.solvers.background import next_to
from bayesim.solvers.candidates import Candidates, described
from bayesim.solvers.elsewhere import elsewhere

__all__ = ["recentred"]

Floats = NDArray[np.float64]


def recentred(
    directions: Directions, found: Candidates, *, flux: Floats, l: Floats, m: Floats, covariance: Floats
) -> Candidates:
    """Return the same candidates about other places, their quadratic form made anew from all visibilities.

    Parameters
    ----------
    directions : Directions
        The data.
    found : Candidates
        From :func:`~bayesim.solvers.candidates` on the same data.
    flux : ndarray, shape (k,)
        Jy about which the form is made, 0 or more.
    l, m : ndarray, shape (k,)
        New centres: direction cosines to the East and North, inside the field.
    covariance : ndarray, shape (k, 2, 2)
        Of the positions in radian^2; cut to what the form can follow.

    Returns
    -------
    Candidates
        Exact about the new centres, whatever the old ones were.
    """
    centres = Points(flux, l, m)
    present = centres.take(flux > 0)
    spread = patches(directions, centres, covariance)
    nodes = corners(centres, spread)
    return described(
        directions,
        centres,
        spread=spread,
        residual=directions.residual(present.flux, present.l, present.m).function,
        behind=tuple(next_to(directions, each, present, nodes) for each in found.behind),
        around=None if found.around is None else elsewhere(directions, present),
    )
