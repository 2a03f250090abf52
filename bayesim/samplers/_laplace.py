"""The Gaussian at a mode: climb, curvature, and the density of a scale with everything else integrated by it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from bayesim.samplers._affine import Affine

__all__ = ["Hill"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

_STEP = 1e-4
"""Of the differences, in the unit of the coordinates."""

_LEAST = 1e-2
"""Curvature of a direction that seems flat: ten units wide."""

_MOST_STEPS = 5000
"""Of L-BFGS: correlations make the first climb long, and each of its steps costs one gradient."""


class Hill:
    """The density around one point, seen in coordinates that follow its shape.

    Parameters
    ----------
    affine : Affine
        Coordinates; every method changes their centre or their root.
    density : callable
        Log-density of ``z`` and its gradient.
    """

    def __init__(self, affine: Affine, density: Any) -> None:
        self.affine, self.density = affine, density

    def climb(self, free: Places) -> float:
        """Move the centre to the mode of the free elements, the others held; return the log-density there."""
        size = self.affine.centre.size

        def downhill(some: Floats) -> tuple[float, Floats]:
            value, slope = self.density(_filled(some, free, size))
            return (-float(value), -slope[free]) if np.isfinite(value) else (np.inf, np.zeros_like(some))

        options = {"maxiter": _MOST_STEPS, "maxfun": 4 * _MOST_STEPS, "maxcor": 30, "ftol": 1e-13}
        found = minimize(downhill, np.zeros(free.size), jac=True, method="L-BFGS-B", options=options)
        self.affine.move(centre=self.affine.centre + self.affine.root @ _filled(found.x, free, size))
        return -float(found.fun)

    def curvature(self, free: Places) -> tuple[Floats, Floats]:
        """Return eigenvalues, none below 0.01, and eigenvectors of the curvature by the free elements of ``z``."""
        size, found = self.affine.centre.size, np.empty((free.size, free.size))
        for row, place in enumerate(free):
            step = np.zeros(size)
            step[place] = _STEP
            found[row] = (self.density(-step)[1] - self.density(step)[1])[free] / (2 * _STEP)
        value, vector = np.linalg.eigh(0.5 * (found + found.T))
        # a direction that curves upwards is no mode: as wide as one that curves downwards as much
        return np.maximum(np.abs(value), _LEAST), vector

    def whiten(self, free: Places) -> None:
        """Take coordinates of unit curvature at the centre; those of the elements that are held stay as they are."""
        value, vector = self.curvature(free)
        # backwards, so that the Cholesky factor of the inverse comes out lower triangular without inverting
        backwards = np.linalg.cholesky(((vector * value) @ vector.T)[::-1, ::-1])
        lower = solve_triangular(backwards, np.eye(free.size), lower=True).T[::-1, ::-1]
        mixed = np.eye(self.affine.centre.size)
        mixed[np.ix_(free, free)] = lower
        self.affine.move(root=self.affine.root @ mixed)

    def marginal(self, place: int, value: float) -> float:
        """Return the log-density of one element of ``x`` by Laplace's method, up to a constant; centre the rest.

        The root must not mix the element with the others.
        """
        centre = self.affine.centre.copy()
        centre[place] = value
        self.affine.move(centre=centre)
        free = np.delete(np.arange(centre.size), place)
        height = self.climb(free)
        return height - 0.5 * float(np.log(self.curvature(free)[0]).sum())


def _filled(some: Floats, free: Places, size: int) -> Floats:
    z = np.zeros(size)
    z[free] = some
    return z
