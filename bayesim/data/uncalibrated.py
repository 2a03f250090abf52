"""Simulated data as they leave the correlator: with unknown gains of the stations."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from bayesim.data._visibilities import Visibilities
from bayesim.data.groups import Groups
from bayesim.data.station_pairs import station_pairs
from bayesim.errors import DataError

__all__ = ["uncalibrated"]


def uncalibrated(vis: Visibilities, intervals: Groups, *, amplitude: ArrayLike, seed: int) -> Visibilities:
    """Return ``g_p conj(g_q) V_pq``, with one random gain per station and interval; noise is multiplied too.

    Parameters
    ----------
    vis : Visibilities
        Calibrated, with antennas.
    intervals : Groups
        Of constant gains, for instance scans (:func:`bayesim.data.by_scan`).
    amplitude : float or array_like, shape (stations,)
        Standard deviation of the logarithm of a gain's amplitude, 0 or more, in the order of the labels of
        :func:`bayesim.data.station_pairs`. Phases are uniform on the circle.
    seed : int
        Of the gains.

    Returns
    -------
    Visibilities
        With weights divided by ``|g_p g_q|^2``, as those of the data as they now are.

    Raises
    ------
    DataError
        The intervals are not those of the data, or a standard deviation is negative or not finite.
    """
    if len(intervals.index) != len(vis):
        raise DataError(f"intervals of {len(intervals.index)} visibilities for {len(vis)}: make them anew")
    pairs = station_pairs(vis)
    shape, spread = (len(intervals), len(pairs.labels)), np.asarray(amplitude, dtype=np.float64)
    if spread.shape not in ((), shape[1:]) or not np.all(np.isfinite(spread) & (spread >= 0)):
        raise DataError(f"amplitude {spread} must be 0 or more: one standard deviation, or one per station")
    rng = np.random.default_rng(seed)
    gain = np.exp(spread * rng.standard_normal(shape) + 2j * np.pi * rng.uniform(size=shape))
    factor = gain[intervals.index, pairs.first] * gain[intervals.index, pairs.second].conj()
    return replace(vis, data=factor * vis.data, weight=vis.weight / np.abs(factor) ** 2)
