"""What is held out in turn: parts of the data that a sky, fitted to the rest, has to foretell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.data._visibilities import Visibilities
from bayesim.data.groups import Groups
from bayesim.errors import DataError

__all__ = ["Folds", "leave_out", "leave_out_antennas"]


@dataclass(frozen=True, eq=False)
class Folds:
    """The parts of the data that are held out, one after the other.

    Parameters
    ----------
    name : str
        What is held out, for tables: ``"scans"``.
    held_out : ndarray of bool, shape (k, n)
        For each fold the visibilities that the fit must not see.
    labels : tuple of str
        Name of each fold.

    Raises
    ------
    DataError
        Shapes differ, there are fewer than two folds, or a fold holds out nothing or everything.
    """

    name: str
    held_out: NDArray[np.bool_]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        held = np.asarray(self.held_out)
        if held.dtype != np.bool_ or held.ndim != 2 or len(held) != len(self.labels):
            raise DataError(
                f"folds need one row of bool for each of {len(self.labels)} labels, got {held.dtype} {held.shape}"
            )
        if len(held) < 2:
            raise DataError(f"{len(held)} fold: at least two are needed, use smaller groups")
        counts = held.sum(axis=1)
        if counts.min() == 0 or counts.max() == held.shape[1]:
            bad = [label for label, n in zip(self.labels, counts, strict=True) if n in (0, held.shape[1])]
            raise DataError(f"folds {bad} hold out nothing or everything of {held.shape[1]} visibilities")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def overlapping(self) -> bool:
        """Whether a visibility is held out more than once, as a baseline is by both its antennas."""
        return bool(np.any(self.held_out.sum(axis=0) > 1))

    @property
    def never(self) -> int:
        """Visibilities that are in no fold: they are always fitted and never foretold."""
        return int(np.count_nonzero(~np.any(self.held_out, axis=0)))

    def parts(self, vis: Visibilities, fold: int) -> tuple[Visibilities, Visibilities]:
        """Return the data to fit and the data held out.

        Raises
        ------
        DataError
            The folds are of other data.
        """
        if self.held_out.shape[1] != len(vis):
            raise DataError(f"folds of {self.held_out.shape[1]} visibilities, data of {len(vis)}: make them of these")
        held = self.held_out[fold]
        return vis.select(~held, reason="held out"), vis.select(held, reason="fitted")


def leave_out(groups: Groups, *, name: str, folds: int | None = None, seed: int = 0) -> Folds:
    """Hold out group after group, or ``folds`` random sets of whole groups.

    Parameters
    ----------
    groups : Groups
        What stays together: :func:`~bayesim.data.by_uv_cell`, :func:`~bayesim.data.by_dartboard`,
        :func:`~bayesim.data.by_baseline`, :func:`~bayesim.data.by_scan`, ...
    name : str
        Of what is held out, for tables.
    folds : int, optional
        Groups are shuffled and dealt in turn; without it every group is a fold of its own.
    seed : int
        Of the shuffle.

    Raises
    ------
    DataError
        There are fewer groups than folds, or fewer than two of either.
    """
    if folds is None:
        return Folds(name, groups.index == np.arange(len(groups))[:, None], groups.labels)
    if not 2 <= folds <= len(groups):
        raise DataError(f"{folds} folds of {len(groups)} groups: at least 2, at most one for each group")
    hand = np.empty(len(groups), dtype=np.int64)
    hand[np.random.default_rng(seed).permutation(len(groups))] = np.arange(len(groups)) % folds
    labels = tuple(f"{name}, fold {fold}" for fold in range(folds))
    return Folds(name, hand[groups.index] == np.arange(folds)[:, None], labels)


def leave_out_antennas(vis: Visibilities) -> Folds:
    """Hold out all baselines of one antenna after the other; each baseline is held out twice.

    Raises
    ------
    DataError
        Antennas are unknown, or one antenna has a part in every baseline.
    """
    if np.any(vis.antenna1 < 0) or np.any(vis.antenna2 < 0):
        raise DataError("leaving antennas out needs the antennas of every visibility")
    numbers = np.union1d(vis.antenna1, vis.antenna2)
    held = (vis.antenna1 == numbers[:, None]) | (vis.antenna2 == numbers[:, None])
    names = vis.antenna_names
    return Folds("antennas", held, tuple(names[k] if k < len(names) else f"antenna {k}" for k in numbers))
