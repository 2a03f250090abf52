"""The patch of sky that is imaged: a square-celled grid of direction cosines."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import radians, w_phase_cosine
from bayesim.errors import GridError

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["Grid"]


@dataclass(frozen=True, init=False)
class Grid:
    """Pixels on the tangent plane.

    Parameters
    ----------
    shape : int or (int, int)
        Rows (m, to the North) and columns (l, to the West); one number means a square image.
    cell : float, str or Quantity
        Side of a pixel; a bare number is radians (direction cosine), else ``"7 arcsec"`` or a Quantity.
    centre : (angle, angle)
        Direction cosines ``(l, m)`` of pixel ``(N_row // 2, N_col // 2)``; the phase centre by default.

    Raises
    ------
    GridError
        The shape is not positive, the cell is not a positive finite angle, or a corner lies beyond the horizon.

    Notes
    -----
    Cells are equal in direction cosine, as in the orthographic (SIN) projection.
    """

    shape: tuple[int, int]
    cell: float
    centre: tuple[float, float]

    def __init__(
        self, shape: int | tuple[int, int], *, cell: object, centre: tuple[object, object] = (0.0, 0.0)
    ) -> None:
        rows, columns = np.broadcast_to(np.asarray(shape, dtype=np.int64), 2)
        object.__setattr__(self, "shape", (int(rows), int(columns)))
        object.__setattr__(self, "cell", radians(cell))
        object.__setattr__(self, "centre", (radians(centre[0]), radians(centre[1])))
        self._check()

    @classmethod
    def spanning(cls, fov: object, *, npix: int) -> "Grid":
        """Return a square grid of ``npix`` pixels a side over a field of view (side, angle)."""
        if npix < 1:
            raise GridError(f"npix {npix} must be at least 1")
        return cls(npix, cell=radians(fov) / npix)

    def _check(self) -> None:
        if min(self.shape) < 1:
            raise GridError(f"shape {self.shape} must be at least 1 x 1")
        if not (np.isfinite(self.cell) and self.cell > 0):
            raise GridError(f"cell {self.cell} rad must be positive and finite")
        corner = np.hypot(np.abs(self.l).max(), np.abs(self.m).max())
        if corner > 1.0:
            limit = self.cell / corner
            raise GridError(
                f"the corner of the image lies beyond the horizon (l^2 + m^2 = {corner**2:.3g} > 1): "
                f"use a cell below {np.degrees(limit) * 3600:.4g} arcsec or fewer pixels"
            )

    @cached_property
    def l(self) -> NDArray[np.float64]:
        """Direction cosine to the East of every column, shape (columns,): falls from left to right."""
        return np.asarray(self.centre[0] - self.cell * (np.arange(self.shape[1]) - self.shape[1] // 2))

    @cached_property
    def m(self) -> NDArray[np.float64]:
        """Direction cosine to the North of every row, shape (rows,)."""
        return np.asarray(self.centre[1] + self.cell * (np.arange(self.shape[0]) - self.shape[0] // 2))

    @cached_property
    def n_minus_1(self) -> NDArray[np.float64]:
        """``sqrt(1 - l^2 - m^2) - 1`` of every pixel, shape (rows, columns)."""
        return w_phase_cosine(self.l[None, :], self.m[:, None])

    @property
    def size(self) -> int:
        """Number of pixels."""
        return self.shape[0] * self.shape[1]

    @property
    def fov(self) -> tuple[float, float]:
        """Extent (rows, columns) in radians."""
        return self.shape[0] * self.cell, self.shape[1] * self.cell

    @cached_property
    def solid_angle(self) -> NDArray[np.float64]:
        """Solid angle of every pixel, ``cell^2 / n`` in steradian, shape (rows, columns)."""
        return self.cell**2 / (1.0 + self.n_minus_1)

    @property
    def coords(self) -> dict[str, NDArray[np.float64]]:
        """Coordinates for ``pm.Model(coords=grid.coords)``: dims ``("m", "l")`` in radians."""
        return {"m": self.m, "l": self.l}

    def directions(self, indices: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (l, m) of flat pixel indices (row-major)."""
        rows, columns = np.divmod(np.asarray(indices), self.shape[1])
        return self.l[columns], self.m[rows]

    def cards(self, phase_centre: tuple[float, float] | None = None) -> dict[str, str | float]:
        """Return the FITS cards of the celestial axes (SIN projection), angles in degrees.

        Parameters
        ----------
        phase_centre : (float, float) or None
            Right ascension and declination in radians of ``l = m = 0``; without it the reference direction is
            RA 0, Dec 0, and the caller says that it is unknown.

        Notes
        -----
        Calabretta & Greisen 2002 (A&A 395, 1077), section 5.1.5. LONPOLE is written out: its default of a field
        about the North pole would turn the image by 180 degrees.
        """
        step = float(np.degrees(self.cell))
        ra, dec = (float(angle) for angle in np.degrees(phase_centre if phase_centre is not None else (0.0, 0.0)))
        return {
            "CTYPE1": "RA---SIN",
            "CTYPE2": "DEC--SIN",
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "CDELT1": -step,
            "CDELT2": step,
            "CRPIX1": self.shape[1] // 2 + 1 + self.centre[0] / self.cell,
            "CRPIX2": self.shape[0] // 2 + 1 - self.centre[1] / self.cell,
            "CRVAL1": ra,
            "CRVAL2": dec,
            "LONPOLE": 180.0,
            "LATPOLE": dec,
        }

    def wcs(self, phase_centre: tuple[float, float] | None = None) -> "WCS":
        """Return :meth:`cards` as a WCS of astropy."""
        # importing astropy.wcs takes long, and neither files nor catalogues need it
        from astropy.wcs import WCS

        return WCS(self.cards(phase_centre))
