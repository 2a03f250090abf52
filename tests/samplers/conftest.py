"""A tiny linear problem whose posterior is known: normal equations from a dense matrix, and their exact mode."""

import numpy as np
import pytest
from scipy.optimize import nnls

from bayesim.operators import Residual
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import Solution

GRID = Grid(4, cell=1e-3)


class Dense:
    """``y = A x + noise`` of unit sigma, real rows in pairs standing for complex visibilities."""

    def __init__(self, *, seed=1, rows=40, truth=None, scale=1.0):
        rng = np.random.default_rng(seed)
        self.grid = GRID
        self.matrix = rng.standard_normal((rows, GRID.size))
        self.truth = rng.exponential(1.0, GRID.size) if truth is None else truth
        self.data = self.matrix @ self.truth + scale * rng.standard_normal(rows)
        self.count = rows // 2
        self.sum_weight = float(np.square(self.matrix).sum() / GRID.size)
        self.energy = float(self.data @ self.data)
        self.dirty = (self.matrix.T @ self.data).reshape(GRID.shape)

    def residual(self, indices, values):
        r = self.data - self.matrix[:, indices] @ values
        return Residual((self.matrix.T @ r).reshape(GRID.shape), float(r @ r))

    def gram(self, rows, columns):
        return self.matrix[:, rows].T @ self.matrix[:, columns]


def mode(equations, rate):
    """Solve the positive LASSO exactly: ``min 1/2 |y - Ax|^2 + rate sum x`` is an NNLS by its Cholesky factor."""
    every = np.arange(GRID.size)
    root = np.linalg.cholesky(equations.gram(every, every))
    x, _ = nnls(root.T, np.linalg.solve(root, equations.dirty.ravel() - rate))
    indices = np.flatnonzero(x)
    residual = equations.residual(indices, x[indices])
    return Solution(
        grid=GRID,
        prior=PositiveLaplace(rate),
        indices=indices,
        fluxes=x[indices],
        fit=residual,
        sum_weight=equations.sum_weight,
        count=equations.count,
        lambda_max=float(equations.dirty.max()),
        objective=0.5 * residual.energy + rate * float(x.sum()),
        gap=0.0,
        converged=True,
        reason="active set",
    )


@pytest.fixture(scope="session")
def dense():
    """The class of toy problems."""
    return Dense


@pytest.fixture(scope="session")
def solved():
    """The exact mode of a toy problem at a rate."""
    return mode
