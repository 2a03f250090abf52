"""Phases of the stations for a known sky: where a chain that fits sky and gains should start."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.likelihoods.station_gains import StationGains

__all__ = ["best_self_calibrated", "self_calibrated_phases"]

Floats = NDArray[np.float64]

_ROUNDS = 50
"""Over all stations; arrays of ten stations settle to a milliradian in about ten."""


def self_calibrated_phases(gains: StationGains, model: NDArray[np.complex128]) -> Floats:
    """Return the phases that bring the model closest to the data, interval by interval.

    One station after another takes the phase of ``sum_q w_pq V_pq conj(M_pq) g_q``, which never lowers the agreement
    ``sum w Re(V conj(g_p conj(g_q) M))``; amplitudes of gains stay 1. A phase-only version of Salvini & Wijnholds
    2014, A&A 571, A97, which solves for stations one by one too.

    Parameters
    ----------
    gains : StationGains
        Stations, intervals and data.
    model : ndarray of complex, shape (n,)
        Calibrated model visibilities in Jy.

    Returns
    -------
    ndarray, shape (intervals, stations)
        Radians in [-pi, pi], zero for the reference where it observed, and for stations that did not.

    Raises
    ------
    ModelError
        There is not one model visibility per datum.
    """
    vis, pairs, when = gains.vis, gains.pairs, gains.intervals.index
    if model.shape != vis.data.shape:
        raise ModelError(f"the model has shape {model.shape}, expected {vis.data.shape}: one per visibility")
    product = vis.weight * vis.data * model.conj()
    # every visibility once from each of its two stations
    own, other = np.concatenate([pairs.first, pairs.second]), np.concatenate([pairs.second, pairs.first])
    seen, slot = np.concatenate([product, product.conj()]), np.concatenate([when, when])
    factor = np.ones(gains.shape, dtype=np.complex128)
    members = [np.flatnonzero(own == station) for station in range(gains.shape[1])]
    for _ in range(_ROUNDS):
        for station, rows in enumerate(members):
            towards = np.zeros(gains.shape[0], dtype=np.complex128)
            np.add.at(towards, slot[rows], seen[rows] * factor[slot[rows], other[rows]])
            size = np.abs(towards)
            factor[:, station] = np.where(size > 0, towards / np.where(size > 0, size, 1.0), 1.0)
    phase = np.angle(factor * factor[:, gains.place, None].conj())
    observed = np.zeros(gains.shape, dtype=np.bool_)
    observed[slot, own] = True
    return np.where(observed, phase, 0.0)


def best_self_calibrated(gains: StationGains, models: Sequence[NDArray[np.complex128]]) -> tuple[int, Floats]:
    """Return which of several skies fits best once it has calibrated the phases, and these phases.

    Parameters
    ----------
    gains : StationGains
        Stations, intervals and data.
    models : sequence of ndarray of complex, shape (n,)
        Calibrated model visibilities in Jy of every sky, at least one.

    Returns
    -------
    int
        Place among the models of the least ``sum w |V - g_p conj(g_q) M|^2``, amplitudes of gains 1.
    ndarray, shape (intervals, stations)
        As of :func:`self_calibrated_phases`.

    Raises
    ------
    ModelError
        There is no model, or one has not one visibility per datum.
    """
    if not models:
        raise ModelError("no sky to calibrate with: give one at least")
    phases = [self_calibrated_phases(gains, model) for model in models]
    seen = [model * np.exp(1j * gains.differences(phase)) for model, phase in zip(models, phases, strict=True)]
    misfits = [np.sum(gains.vis.weight * np.abs(gains.vis.data - model) ** 2) for model in seen]
    best = int(np.argmin(misfits))
    return best, phases[best]
