"""Visibilities of one spectral window as a table of channels and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError

__all__ = ["Spectra", "spectra"]

Integers = NDArray[np.int64]

_UNEVEN = 0.01
"""Of the channel width: how far neighbours may be from even."""
_SECOND = 1.0 / 86400


@dataclass(frozen=True, eq=False)
class Spectra:
    """Visibilities in the order channel, row: ``vis.data.reshape(channels, -1)`` is a table.

    Make one with :func:`spectra`.

    Parameters
    ----------
    vis : Visibilities
        Channel after channel of rising frequency, the same rows in each.
    channels : int
        Number of channels.

    Raises
    ------
    DataError
        The number of visibilities is no multiple of that of the channels.
    """

    vis: Visibilities
    channels: int

    def __post_init__(self) -> None:
        if self.channels < 1 or len(self.vis) % self.channels:
            raise DataError(f"{len(self.vis)} visibilities are no table of {self.channels} channels")

    @property
    def rows(self) -> int:
        """Moments times baselines."""
        return len(self.vis) // self.channels


def spectra(vis: Visibilities) -> Spectra:
    """Arrange the visibilities of one spectral window by channel and row (one baseline at one moment).

    Rows that lack a channel are left out and counted as ``"a channel is missing"``: choose a range of channels in
    which few are (:meth:`Visibilities.select`).

    Raises
    ------
    DataError
        Antennas, times or frequencies are unknown, channels are not evenly spaced, a baseline occurs twice at one
        moment and frequency, or no row is complete.
    """
    if np.any(vis.antenna1 < 0) or not np.all(np.isfinite(vis.time) & np.isfinite(vis.frequency)):
        raise DataError("a table of channels needs antennas, time and frequency of every visibility")
    hertz, channel = np.unique(vis.frequency, return_inverse=True)
    widths = np.diff(hertz)
    if widths.size and np.ptp(widths) > _UNEVEN * widths.min():
        raise DataError(
            f"channels are {widths.min():.6g} to {widths.max():.6g} Hz apart: select one spectral window "
            "(bayesim.data.by_spectral_window)"
        )
    row = _rows(vis)
    if len(np.unique(np.stack([row, channel]), axis=1).T) != len(vis):
        raise DataError("a baseline occurs twice at one moment and frequency: average or select first")
    complete = np.bincount(row) == hertz.size
    keep = complete[row]
    if not keep.any():
        raise DataError(f"no row of {complete.size} has all {hertz.size} channels: choose a range of channels")
    order, lost = np.lexsort((row, channel)), int(np.count_nonzero(~keep))
    return Spectra(_taken(vis, order[keep[order]], {"a channel is missing": lost}), hertz.size)


def _rows(vis: Visibilities) -> Integers:
    order = np.argsort(vis.time, kind="stable")
    moment = np.empty(len(vis), dtype=np.int64)
    moment[order] = np.cumsum(np.diff(vis.time[order], prepend=vis.time[order[0]]) > _SECOND)
    keys = np.stack([moment, vis.antenna1, vis.antenna2], axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].ravel()


def _taken(vis: Visibilities, order: Integers, lost: Mapping[str, int]) -> Visibilities:
    """Return the visibilities of a list of positions, in its order."""
    names = ("u", "v", "w", "data", "weight", "antenna1", "antenna2", "time", "frequency")
    dropped = {**vis.account.dropped, **{reason: count for reason, count in lost.items() if count}}
    account = replace(vis.account, dropped=MappingProxyType(dropped))
    return replace(vis, **{name: getattr(vis, name)[order] for name in names}, account=account)
