"""Normal equations whose unknowns are the coefficients of a dictionary, for the solvers of pixels."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations, Residual
from bayesim.operators.dictionary import Dictionary
from bayesim.sky import Grid

__all__ = ["Synthesised"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Synthesised:
    """``1/2 ||y - A K c||_W^2``: the planes of coefficients, one below the other, take the place of the pixels.

    Parameters
    ----------
    equations : NormalEquations
        Data fit of the image ``x = K c``.
    dictionary : Dictionary
        ``K``, for the equations' grid.
    psf : ndarray, shape (2 rows, 2 columns)
        From which Gram entries are looked up.

    Notes
    -----
    Residuals and energies are those of ``equations``, exact. Gram entries are exact where ``psf`` describes the data
    (coplanar, no response); else they are those at the phase centre, and only steer the solver.
    """

    def __init__(self, equations: NormalEquations, dictionary: Dictionary, psf: Floats) -> None:
        self.equations, self.dictionary, self.psf = equations, dictionary, psf
        self._tables: dict[tuple[int, int], Floats] = {}
        self._last: tuple[Floats, Residual] | None = None

    @cached_property
    def grid(self) -> Grid:
        """Coefficients as a tall image of ``scales * rows`` rows; only its shape has a meaning."""
        rows, columns = self.dictionary.shape
        return Grid((self.dictionary.scales * rows, columns), cell=self.equations.grid.cell / self.dictionary.scales)

    @property
    def count(self) -> int:
        """Number of (complex) visibilities."""
        return self.equations.count

    @property
    def sum_weight(self) -> float:
        """Sum of the weights in 1/Jy^2."""
        return self.equations.sum_weight

    @property
    def energy(self) -> float:
        """``y^T W y``, dimensionless."""
        return self.equations.energy

    @cached_property
    def dirty(self) -> Floats:
        """``K^T A^T W y`` in 1/Jy, shape ``grid.shape``."""
        return self._tall(self.equations.dirty)

    def residual(self, indices: Indices, values: Floats) -> Residual:
        """Return the exact residual of the sky of these coefficients."""
        fit = self.of_image(self.image(indices, values))
        return Residual(image=self._tall(fit.image), energy=fit.energy)

    def of_image(self, image: Floats) -> Residual:
        """Return the residual of an image, on the image plane; that of the last image is kept."""
        if self._last is None or not np.array_equal(self._last[0], image):
            pixels = np.flatnonzero(image)
            self._last = image, self.equations.residual(pixels, image.ravel()[pixels])
        return self._last[1]

    def image(self, indices: Indices, values: Floats) -> Floats:
        """Return the sky in Jy/pixel, shape (rows, columns), of coefficients on flat indices."""
        planes = np.zeros((self.dictionary.scales, *self.dictionary.shape))
        np.add.at(planes.ravel(), indices, values)
        return self.dictionary.synthesise(planes)

    def gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return ``K_r^T A^T W A K_c`` in 1/Jy^2, shape (len(rows), len(columns))."""
        height, width = self.dictionary.shape
        one, two = (np.unravel_index(side, (self.dictionary.scales, height, width)) for side in (rows, columns))
        gram = np.empty((len(rows), len(columns)))
        for a in np.unique(one[0]):
            for b in np.unique(two[0]):
                i, j = np.flatnonzero(one[0] == a), np.flatnonzero(two[0] == b)
                dr = one[1][i][:, None] - two[1][j][None, :]
                dc = one[2][i][:, None] - two[2][j][None, :]
                gram[np.ix_(i, j)] = self._table(int(a), int(b))[height + dr, width + dc]
        return gram

    def _table(self, a: int, b: int) -> Floats:
        key = (min(a, b), max(a, b))
        if key not in self._tables:
            self._tables[key] = self.dictionary.psf_between(self.psf, *key)
        return self._tables[key]

    def _tall(self, image: Floats) -> Floats:
        return self.dictionary.analyse(image).reshape(self.grid.shape)
