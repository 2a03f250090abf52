"""What the posterior mean leaves of the data, as an image."""

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import DataError
from bayesim.maps._imager import imager
from bayesim.maps._map import Map
from bayesim.maps.beams import Beam
from bayesim.sky import Grid

__all__ = ["posterior_residual"]


def posterior_residual(
    vis: Visibilities,
    mean: NDArray[np.complex128],
    grid: Grid,
    *,
    draws: int,
    beam: Beam | None = None,
    threads: int = 1,
) -> Map:
    """Return ``A^T W (y - mean prediction) / sum_weight`` in Jy per dirty beam.

    Parameters
    ----------
    vis : Visibilities
        The data.
    mean : complex ndarray, shape (n_vis,)
        Visibilities (Jy) of posterior draws, averaged: those of the posterior mean. A
        :func:`~bayesim.samplers.predictive_check` has it as ``mean``.
    grid : Grid
        Pixels of the image; with w terms where they matter.
    draws : int
        How many were averaged, for the label.
    beam : Beam or None
        CLEAN beam, for the header.
    threads : int
        Of every transform.

    Returns
    -------
    Map
        Unlike :func:`~bayesim.maps.residual` of a mode it lacks the shrinkage by lambda. The mean has fitted some of
        the noise, so that it is a little below the thermal noise: :func:`~bayesim.maps.whiteness` tests a draw.

    Raises
    ------
    DataError
        The mean does not have one value for each visibility.
    """
    if np.shape(mean) != vis.data.shape:
        raise DataError(f"the mean prediction has shape {np.shape(mean)}, the data {vis.data.shape}: average draws")
    left = vis.data - mean
    weight = float(vis.weight.sum())
    image = imager(vis, grid, threads=threads)(left)
    label = f"residual of the mean of {draws} posterior draws; thermal noise {weight**-0.5:.3g} Jy"
    return Map(
        image / weight, grid, "Jy/beam", "posterior_residual", label, beam=beam, phase_centre=vis.phase_centre,
        signed=True,
    )  # fmt: skip
