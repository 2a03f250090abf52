"""Visibilities in groups that share something: a noise scale, or the gains of the stations."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError

__all__ = [
    "Groups",
    "by_baseline",
    "by_baseline_length",
    "by_interval",
    "by_scan",
    "by_spectral_window",
    "crossed",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_DAY = 86400.0
"""Seconds."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Which group every visibility belongs to.

    Parameters
    ----------
    index : ndarray of int, shape (n,)
        Number of the group of each visibility, from 0.
    labels : tuple of str
        Name of each group: the coordinate of the variable that has one value per group.

    Raises
    ------
    DataError
        The index is not a list of whole numbers, leaves the labels, or a group is empty.

    Examples
    --------
    ``scale = pm.LogNormal("noise_scale", 0.0, 0.7, dims="window")``, then ``noise_scale=groups.of(scale)``.
    """

    index: Integers
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        index = np.asarray(self.index)
        if index.ndim != 1 or index.dtype.kind not in "iu" or not index.size:
            raise DataError(f"groups need one whole number per visibility, got {index.dtype} of shape {index.shape}")
        if index.min() < 0 or index.max() >= len(self.labels):
            raise DataError(f"groups {index.min()} to {index.max()} leave the {len(self.labels)} labels")
        empty = [label for label, n in zip(self.labels, self.counts, strict=True) if not n]
        if empty:
            raise DataError(f"groups {empty} hold no visibility: leave them out, nothing would be learnt of them")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> Integers:
        """Visibilities in each group."""
        return np.bincount(self.index, minlength=len(self.labels))

    def of(self, values: Any) -> Any:
        """Return for each visibility the value of its group, shape (n,).

        Parameters
        ----------
        values : ndarray or PyMC variable, shape (groups,)
            One value per group.
        """
        return values[self.index]


def by_scan(vis: Visibilities, *, gap: float = 60.0) -> Groups:
    """Group by scans, which end with ``gap`` seconds without any visibility.

    Raises
    ------
    DataError
        Times are unknown, or the gap is not positive.
    """
    _positive("gap", gap, "seconds")
    return _numbered("scan", _steps(_times(vis), gap / _DAY))


def by_interval(vis: Visibilities, *, length: float) -> Groups:
    """Group by intervals of ``length`` seconds, counted from the first visibility; empty ones are left out.

    Raises
    ------
    DataError
        Times are unknown, or the length is not positive.
    """
    _positive("length", length, "seconds")
    time = _times(vis)
    # a microsecond is more than the rounding of a Julian date in days
    slot = np.floor((time - time.min()) * _DAY / length + 1e-6 / length).astype(np.int64)
    return _numbered("interval", np.unique(slot, return_inverse=True)[1])


def by_spectral_window(vis: Visibilities, *, gap: float) -> Groups:
    """Group by spectral windows: frequencies with less than ``gap`` Hz between neighbours.

    Raises
    ------
    DataError
        Frequencies are unknown, or the gap is not positive.
    """
    _positive("gap", gap, "Hz")
    if not np.all(np.isfinite(vis.frequency)):
        raise DataError("spectral windows need the frequency of every visibility")
    window = _steps(vis.frequency, gap)
    centre = np.bincount(window, weights=vis.frequency) / np.bincount(window)
    return Groups(window, tuple(f"window {k} ({hertz / 1e9:.6g} GHz)" for k, hertz in enumerate(centre)))


def by_baseline_length(vis: Visibilities, edges: ArrayLike) -> Groups:
    """Group by ``sqrt(u^2 + v^2)``; a length that equals an edge belongs to the longer side.

    Parameters
    ----------
    vis : Visibilities
        Data.
    edges : array_like, shape (k,)
        Wavelengths, increasing: ``k + 1`` classes, of which empty ones are left out.

    Raises
    ------
    DataError
        The edges do not increase.
    """
    cuts = np.atleast_1d(np.asarray(edges, dtype=np.float64))
    if cuts.ndim != 1 or not np.all(np.isfinite(cuts)) or np.any(np.diff(cuts) <= 0):
        raise DataError(f"edges {cuts.tolist()} must be finite and increase (wavelengths)")
    kept, index = np.unique(np.digitize(np.hypot(vis.u, vis.v), cuts), return_inverse=True)
    ends = ["0", *(f"{cut:.4g}" for cut in cuts), "inf"]
    return Groups(index, tuple(f"{ends[k]} to {ends[k + 1]} wavelengths" for k in kept))


def by_baseline(vis: Visibilities) -> Groups:
    """Group by pairs of antennas, whichever comes first.

    Raises
    ------
    DataError
        Antennas are unknown.
    """
    if np.any(vis.antenna1 < 0) or np.any(vis.antenna2 < 0):
        raise DataError("baselines need the antennas of every visibility")
    pairs = np.sort(np.stack([vis.antenna1, vis.antenna2], axis=1), axis=1)
    kept, index = np.unique(pairs, axis=0, return_inverse=True)
    names = vis.antenna_names
    named = [[names[k] if k < len(names) else str(k) for k in pair] for pair in kept]
    return Groups(index.ravel(), tuple("-".join(pair) for pair in named))


def crossed(*parts: Groups) -> Groups:
    """Group by several things at once, such as scan and spectral window; combinations that do not occur are left out.

    Raises
    ------
    DataError
        The groups are not of the same visibilities, or there are none.
    """
    if len({part.index.size for part in parts}) != 1:
        raise DataError(f"groups of {[part.index.size for part in parts]} visibilities: give groups of the same ones")
    kept, index = np.unique(np.stack([part.index for part in parts], axis=1), axis=0, return_inverse=True)
    labels = (", ".join(part.labels[k] for part, k in zip(parts, row, strict=True)) for row in kept)
    return Groups(index.ravel(), tuple(labels))


def _positive(name: str, value: float, unit: str) -> None:
    if not value > 0:
        raise DataError(f"{name} {value} must be positive {unit}")


def _times(vis: Visibilities) -> Floats:
    if not np.all(np.isfinite(vis.time)):
        raise DataError("scans and intervals need the time of every visibility")
    return vis.time


def _steps(values: Floats, gap: float) -> Integers:
    """Return for every value the number of gaps below it."""
    order = np.argsort(values, kind="stable")
    number = np.empty(values.size, dtype=np.int64)
    number[order] = np.cumsum(np.diff(values[order], prepend=values[order[0]]) > gap)
    return number


def _numbered(what: str, index: Integers) -> Groups:
    return Groups(index, tuple(f"{what} {k}" for k in range(int(index.max()) + 1)))
