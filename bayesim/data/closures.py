"""Closure phases and log closure amplitudes: complete sets without redundancy, with their covariance."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayesim.data._closures import Closures
from bayesim.data._loops import independent, quadrangles, triangles
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError

__all__ = ["closure_phases", "log_closure_amplitudes"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Loops = Callable[[Integers], tuple[Integers, Integers]]

SECOND = 1.0 / 86400
"""Days: visibilities of one moment are no further apart."""
MOST_STATIONS = 20
"""At one moment; the number of loops grows with the fourth power, and the method is meant for VLBI."""


def closure_phases(vis: Visibilities, *, snr: float = 3.0) -> Closures:
    """Form closure phases from the visibilities of each moment and channel.

    Parameters
    ----------
    vis : Visibilities
        With antennas and times; averaged over scans, because noise adds up around a triangle.
    snr : float
        Visibilities below ``|V| / sigma`` are left out and counted: their phase is not Gaussian. Not negative.

    Returns
    -------
    Closures
        ``arg V_ab V_bc V_ca`` in radians; as many triangles as are independent, the least noisy first. Their
        covariance is that of the phases of their baselines, ``1/SNR^2`` each; any other complete set has the same
        likelihood (Blackburn et al. 2020, ApJ 894, 31). The account counts visibilities.

    Raises
    ------
    DataError
        Antennas or times are unknown, a baseline occurs twice at one moment, or no triangle closes.
    """
    return _closures(vis, triangles, np.array([1.0, 1.0, -1.0]), snr, np.angle, circular=True)


def log_closure_amplitudes(vis: Visibilities, *, snr: float = 3.0) -> Closures:
    """Form log closure amplitudes from the visibilities of each moment and channel.

    Parameters
    ----------
    vis : Visibilities
        With antennas and times; averaged over scans.
    snr : float
        Visibilities below ``|V| / sigma`` are left out and counted. Above 3 the mean of ``ln |V|`` is too large by
        less than 0.001, so that nothing is subtracted from the amplitudes. Not negative.

    Returns
    -------
    Closures
        ``ln |V_ab V_cd / (V_ac V_bd)|``, as many as are independent, with the covariance of ``ln |V|``, ``1/SNR^2``.

    Raises
    ------
    DataError
        As :func:`closure_phases`; no four stations close.
    """
    return _closures(vis, quadrangles, np.array([1.0, 1.0, -1.0, -1.0]), snr, _log_abs, circular=False)


def _log_abs(data: NDArray[np.complex128]) -> Floats:
    return np.asarray(np.log(np.abs(data)))


def _closures(
    vis: Visibilities, loops: Loops, sign: Floats, snr: float, value: Callable[..., Floats], *, circular: bool
) -> Closures:
    if not snr >= 0:
        raise DataError(f"snr {snr} must be 0 or more")
    if np.any(vis.antenna1 < 0) or not np.all(np.isfinite(vis.time)):
        raise DataError("closures need the antennas and the time of every visibility")
    strength = np.abs(vis.data) * np.sqrt(vis.weight)
    strong = vis.select((strength >= snr) & (strength > 0), reason=f"SNR below {snr:g}")
    # every baseline from the lower to the higher number: the other way round it is the conjugate
    turned = strong.antenna1 > strong.antenna2
    flip = np.where(turned, -1.0, 1.0)
    u, v = strong.u * flip, strong.v * flip
    data = np.where(turned, strong.data.conj(), strong.data)
    pairs = np.sort(np.stack([strong.antenna1, strong.antenna2], axis=1), axis=1).astype(np.int64)
    variance, quantity = 1.0 / (strong.weight * np.abs(data) ** 2), value(data)
    parts = [_moment(np.flatnonzero(group), pairs, variance, loops, sign) for group in _moments(strong)]
    index = np.concatenate([rows for rows, _, _ in parts])
    if not len(index):
        raise DataError(f"no loop closes among {len(strong)} visibilities of {len(vis)} above SNR {snr:g}")
    total = quantity[index] @ sign
    inverses = [np.linalg.inv(np.linalg.cholesky(covariance)) for _, _, covariance in parts if len(covariance)]
    partner, whitening = _padded(inverses)
    return Closures(
        value=np.angle(np.exp(1j * total)) if circular else total,
        sigma=np.sqrt(variance[index].sum(axis=1)),
        u=u,
        v=v,
        index=index,
        sign=np.tile(sign, (len(index), 1)),
        partner=partner,
        whitening=whitening,
        time=strong.time[index[:, 0]],
        frequency=strong.frequency[index[:, 0]],
        stations=np.concatenate([stations for _, stations, _ in parts]),
        account=strong.account,
    )


def _moments(vis: Visibilities) -> list[NDArray[np.bool_]]:
    """Return masks of the visibilities that are simultaneous and of one frequency."""
    order = np.argsort(vis.time, kind="stable")
    number = np.empty(len(vis), dtype=np.int64)
    number[order] = np.cumsum(np.diff(vis.time[order], prepend=vis.time[order[0]]) > SECOND)
    keys = np.stack([number, np.unique(vis.frequency, return_inverse=True)[1]], axis=1)
    _, group = np.unique(keys, axis=0, return_inverse=True)
    return [group.ravel() == k for k in range(int(group.max()) + 1)]


def _moment(
    here: Integers, pairs: Integers, variance: Floats, loops: Loops, sign: Floats
) -> tuple[Integers, Integers, Floats]:
    """Return rows (of all visibilities), stations and covariance of the independent loops of one moment."""
    stations, place = np.unique(pairs[here], return_inverse=True)
    place = place.reshape(-1, 2)
    if stations.size > MOST_STATIONS:
        raise DataError(f"{stations.size} stations at one moment, at most {MOST_STATIONS}: closures are for VLBI")
    if len(np.unique(place, axis=0)) != len(here):
        raise DataError("a baseline occurs twice at one moment and frequency: average or select first")
    row = np.full((stations.size, stations.size), -1, dtype=np.int64)
    row[place[:, 0], place[:, 1]] = np.arange(len(here))
    corners, rows = loops(row)
    chosen, covariance = independent(rows, sign, variance[here])
    return here[rows[chosen]], stations[corners[chosen]], covariance


def _padded(inverses: list[Floats]) -> tuple[Integers, Floats]:
    """Return partners and whitening of all moments, padded to one width, the own term last."""
    width, total = max(map(len, inverses)), sum(map(len, inverses))
    partner = np.tile(np.arange(total)[:, None], (1, width))
    whitening = np.zeros((total, width))
    start = 0
    for inverse in inverses:
        for i in range(len(inverse)):
            partner[start + i, :i] = start + np.arange(i)
            whitening[start + i, :i] = inverse[i, :i]
            whitening[start + i, -1] = inverse[i, i]
        start += len(inverse)
    return partner, whitening
