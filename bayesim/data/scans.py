"""Averages of visibilities over scans."""

from dataclasses import replace

import numpy as np

from bayesim.data._visibilities import Account, Visibilities
from bayesim.data.groups import by_scan
from bayesim.errors import DataError

__all__ = ["scan_averaged"]


def scan_averaged(vis: Visibilities, *, gap: float = 60.0) -> Visibilities:
    """Return one visibility per scan, baseline and frequency: the weighted complex mean.

    Phases must be stable over a scan. Baselines turn meanwhile; u, v, w are averaged with the same weights.

    Parameters
    ----------
    vis : Visibilities
        With antennas and times, of one source.
    gap : float
        Seconds without any visibility that end a scan, positive.

    Returns
    -------
    Visibilities
        Weights add up; the time is the middle of the scan for all baselines, so that they are simultaneous.

    Raises
    ------
    DataError
        Antennas or times are unknown, or the gap is not positive.
    """
    if np.any(vis.antenna1 < 0):
        raise DataError("averages over scans need the antennas of every visibility")
    scan = by_scan(vis, gap=gap).index
    channel = np.unique(vis.frequency, return_inverse=True)[1]
    keys = np.stack([scan, channel, vis.antenna1, vis.antenna2], axis=1)
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    group = group.ravel()
    weight = np.bincount(group, weights=vis.weight)
    parts = (vis.u, vis.v, vis.w, vis.data.real, vis.data.imag)
    u, v, w, real, imag = (np.bincount(group, weights=vis.weight * part) / weight for part in parts)
    middle = np.bincount(scan, weights=vis.time) / np.bincount(scan)
    note = f"mean of {len(vis)} visibilities over scans that end with {gap:g} s without data"
    return replace(
        vis,
        u=u,
        v=v,
        w=w,
        data=real + 1j * imag,
        weight=weight,
        antenna1=vis.antenna1[first],
        antenna2=vis.antenna2[first],
        time=middle[scan[first]],
        frequency=vis.frequency[first],
        account=Account(vis.account.source, first.size, notes=(*vis.account.notes, note)),
    )
