"""Inverse of a changing principal block of a Gram matrix: bordering to grow it, Schur complements to shrink it."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from bayesim.operators._compiled import compiled

__all__ = ["BlockInverse"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_RIDGE = 1e-10
"""Relative load of the diagonal, so that two nearly equal atoms do not break the factorisation by rounding."""

_FEW = 12
"""Atoms up to which leaving one by one in place is cheaper than copying the matrix."""


class BlockInverse:
    """``(G[members, members] + ridge)^-1`` while members enter and leave, ``O(k^2)`` each.

    Parameters
    ----------
    members : ndarray of int64, shape (k,), optional
        Places in the Gram matrix, in the order of the inverse; empty by default.
    matrix : ndarray, shape (k, k), optional
        The inverse.
    """

    def __init__(self, members: Indices | None = None, matrix: Floats | None = None) -> None:
        self.members = np.zeros(0, dtype=np.int64) if members is None else members
        self.matrix = np.zeros((0, 0)) if matrix is None else matrix

    def times(self, vector: Floats) -> Floats:
        """Return the inverse times a vector in the order of the members."""
        return np.asarray(self.matrix @ vector)

    def enter(self, gram: Floats, atoms: Indices) -> None:
        """Border the inverse by atoms that are not members."""
        if not atoms.size:
            return
        border = self.matrix @ gram[np.ix_(self.members, atoms)]
        corner = _inverse(
            gram[np.ix_(atoms, atoms)] - gram[np.ix_(atoms, self.members)] @ border, load=_RIDGE * gram[atoms, atoms]
        )
        side = border @ corner
        old, new = self.members.size, self.members.size + atoms.size
        matrix = np.empty((new, new))
        matrix[:old, :old] = self.matrix + side @ border.T
        matrix[:old, old:] = -side
        matrix[old:, :old] = -side.T
        matrix[old:, old:] = corner
        self.members, self.matrix = np.concatenate([self.members, atoms]), matrix

    def leave(self, places: Indices) -> None:
        """Take members out by their places in the inverse, ascending."""
        if places.size <= _FEW:
            for place in places[::-1]:
                self._remove(int(place))
            return
        keep = np.delete(np.arange(self.members.size), places)
        cross, corner = self.matrix[np.ix_(keep, places)], self.matrix[np.ix_(places, places)]
        self.matrix = self.matrix[np.ix_(keep, keep)] - cross @ np.linalg.solve(corner, cross.T)
        self.members = self.members[keep]

    def _remove(self, place: int) -> None:
        """Subtract one member's rank-one share in place; the last member takes its row."""
        last = self.members.size - 1
        _subtract(self.matrix, self.matrix[:, place].copy(), place)
        self.members[place] = self.members[last]
        self.members, self.matrix = self.members[:last], self.matrix[:last, :last]

    def refresh(self, gram: Floats) -> None:
        """Invert the block afresh, free of the rounding of the updates."""
        self.matrix = _inverse(
            gram[np.ix_(self.members, self.members)], load=_RIDGE * gram[self.members, self.members]
        )

    def moved(self, places: Indices) -> "BlockInverse":
        """Return it for a Gram matrix in which atom ``i`` has become ``places[i]``."""
        return BlockInverse(places[self.members], self.matrix)


@compiled
def _subtract(matrix: Floats, column: Floats, place: int) -> None:
    """Set ``matrix -= column column' / column[place]``, then move the last row and column to ``place``."""
    last = matrix.shape[0] - 1
    for i in range(matrix.shape[0]):
        share = column[i] / column[place]
        for j in range(matrix.shape[1]):
            matrix[i, j] -= share * column[j]
    for j in range(matrix.shape[1]):
        matrix[place, j] = matrix[last, j]
    for i in range(matrix.shape[0]):
        matrix[i, place] = matrix[i, last]


def _inverse(block: Floats, *, load: Floats) -> Floats:
    """Inverse of a positive definite block, by Cholesky; loaded more where rounding has made it indefinite."""
    while True:
        loaded = block.copy()
        loaded.flat[:: loaded.shape[0] + 1] += load
        factor, info = lapack.dpotrf(loaded, lower=1, overwrite_a=1)
        if info == 0:
            inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
            return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T)
        load = load * 100
