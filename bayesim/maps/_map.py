"""One image on the sky with everything that a reader of it needs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.maps.beams import Beam
from bayesim.sky import Grid

__all__ = ["Map"]


@dataclass(frozen=True, eq=False)
class Map:
    """An image, its grid, its unit and a sentence on what it is.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        Rows run North, columns run West (``bayesim.conventions``).
    grid : Grid
        Pixels of the image.
    unit : str
        Unit in FITS notation: ``"Jy/pixel"``, ``"Jy/beam"``, or ``""`` for a dimensionless map.
    name : str
        Short name, usable as a file name or a netCDF variable: ``"dirty"``, ``"posterior_sd"``.
    label : str
        What the values are, with every approximation named.
    beam : Beam or None
        The beam that the map is seen with, where it has one.
    phase_centre : (float, float) or None
        Right ascension and declination in radians (ICRS) of ``l = m = 0``.
    signed : bool
        Whether both signs mean the same (noise, residuals): figures then use a symmetric diverging scale.

    Raises
    ------
    GridError
        The values do not have the grid's shape.
    """

    values: NDArray[np.float64]
    grid: Grid
    unit: str
    name: str
    label: str
    beam: Beam | None = None
    phase_centre: tuple[float, float] | None = None
    signed: bool = False

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise GridError(
                f"map '{self.name}' has shape {self.values.shape}, its grid {self.grid.shape}: "
                "give one value per pixel, rows to the North"
            )
