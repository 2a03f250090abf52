"""Normal equations: a small exact referee, and the check that others agree with it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.operators import NormalEquations, Residual
from bayesim.sky import Grid
from bayesim.testing.operators import exact_matrix

__all__ = ["ExactEquations", "check_equations"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ExactEquations:
    """``1/2 ||y - A x||_W^2`` with A as a dense matrix: the referee of small problems.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    uvw : ndarray, shape (n_vis, 3)
        Baselines in wavelengths; the w term is kept.
    data : ndarray of complex128, shape (n_vis,)
        Visibilities in Jy.
    weight : ndarray, shape (n_vis,)
        ``1/sigma^2`` of a real component in 1/Jy^2.
    """

    grid: Grid
    uvw: Floats
    data: NDArray[np.complex128]
    weight: Floats

    @classmethod
    def random(cls, *, seed: int, npix: int = 12, n_vis: int = 60, sources: int = 4) -> "ExactEquations":
        """Return a random problem: point sources of 1-3 Jy, an elliptical uv-coverage, sigma about 0.1 Jy."""
        rng = np.random.default_rng(seed)
        grid = Grid.spanning("2deg", npix=npix)
        reach = 0.4 / grid.cell
        uvw = rng.normal(scale=(reach / 3, reach / 4, reach / 30), size=(n_vis, 3)).clip(-reach, reach)
        weight = rng.uniform(50, 150, n_vis)
        blank = cls(grid, uvw, np.zeros(n_vis, dtype=np.complex128), weight)
        image = np.zeros(grid.size)
        image[rng.choice(grid.size, sources, replace=False)] = rng.uniform(1, 3, sources)
        noise = (rng.standard_normal(n_vis) + 1j * rng.standard_normal(n_vis)) / np.sqrt(weight)
        return cls(grid, uvw, blank.matrix @ image + noise, weight)

    @cached_property
    def matrix(self) -> NDArray[np.complex128]:
        """A, shape (n_vis, pixels)."""
        l, m = np.broadcast_arrays(self.grid.l[None, :], self.grid.m[:, None])
        directions = np.column_stack([l.ravel(), m.ravel(), self.grid.n_minus_1.ravel()])
        return exact_matrix(uvw=self.uvw, directions=directions)

    @property
    def count(self) -> int:
        """Number of (complex) visibilities."""
        return int(self.data.size)

    @property
    def sum_weight(self) -> float:
        """Sum of the weights in 1/Jy^2."""
        return float(self.weight.sum())

    @property
    def energy(self) -> float:
        """``y^T W y``, dimensionless."""
        return float(np.sum(self.weight * np.abs(self.data) ** 2))

    @property
    def dirty(self) -> Floats:
        """``A^T W y`` in 1/Jy, shape (rows, columns)."""
        return self.residual(np.empty(0, dtype=np.int64), np.empty(0)).image

    def residual(self, indices: Indices, values: Floats) -> Residual:
        """Return the exact residual of a sky that is ``values`` (Jy/pixel) on flat ``indices`` and else zero."""
        matrix = self.matrix
        left = self.data - matrix[:, indices] @ values
        image = (matrix.conj().T @ (self.weight * left)).real.reshape(self.grid.shape)
        return Residual(image=image, energy=float(np.sum(self.weight * np.abs(left) ** 2)))

    def gram(self, rows: Indices, columns: Indices) -> Floats:
        """Return ``A_r^T W A_c`` in 1/Jy^2, shape (len(rows), len(columns)), between flat pixel indices."""
        matrix = self.matrix
        return np.asarray((matrix[:, rows].conj().T @ (self.weight[:, None] * matrix[:, columns])).real)


def check_equations(equations: NormalEquations, exact: ExactEquations, *, seed: int, tolerance: float) -> None:
    """Assert that normal equations agree with the referee of the same data.

    Parameters
    ----------
    equations : NormalEquations
        Under test.
    exact : ExactEquations
        Built from the same grid, baselines (third column zero where w is left out), data and weights.
    seed : int
        Seed of the skies and of the pairs of pixels.
    tolerance : float
        Largest error: of images and the Gram matrix relative to their largest value, of energies to ``y'Wy``.

    Raises
    ------
    AssertionError
        A number, an image or a block of the Gram matrix differs.
    """
    rng = np.random.default_rng(seed)
    assert equations.grid == exact.grid, f"grid {equations.grid} is not {exact.grid}"
    assert equations.count == exact.count, f"count {equations.count} is not {exact.count}"
    for name in ("sum_weight", "energy"):
        found, right = getattr(equations, name), getattr(exact, name)
        assert abs(found - right) <= tolerance * right, f"{name} {found:.15g} is not {right:.15g}"
    _assert_close("dirty", equations.dirty, exact.dirty, tolerance)
    for size in (0, 1, min(7, exact.grid.size)):
        indices = np.sort(rng.choice(exact.grid.size, size, replace=False))
        values = rng.normal(size=size)
        found, right = equations.residual(indices, values), exact.residual(indices, values)
        scale = float(np.abs(exact.dirty).max() + exact.sum_weight * np.abs(values).sum())
        _assert_close(f"residual of {size} pixels", found.image, right.image, tolerance, scale=scale)
        error = abs(found.energy - right.energy)
        limit = tolerance * (exact.energy + right.energy)
        assert error <= limit, f"energy of the residual of {size} pixels is off by {error:.2g}, allowed {limit:.2g}"
        columns = rng.choice(exact.grid.size, 5)
        _assert_close(
            "gram", equations.gram(indices, columns), exact.gram(indices, columns), tolerance, scale=exact.sum_weight
        )


def _assert_close(name: str, found: Floats, exact: Floats, tolerance: float, scale: float | None = None) -> None:
    assert found.shape == exact.shape, f"{name} has shape {found.shape}, expected {exact.shape}"
    size = float(np.abs(exact).max(initial=0.0)) if scale is None else scale
    error = float(np.abs(found - exact).max(initial=0.0))
    assert error <= tolerance * size, f"{name} is off by {error / size:.2g} of {size:.3g}, allowed {tolerance:.2g}"
