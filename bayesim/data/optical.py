"""Observations of a known sky by an optical interferometer: squared visibilities and closure phases."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bayesim.data._closures import Closures
from bayesim.data._interferometry import Interferometry, PerBaseline
from bayesim.data._visibilities import Account
from bayesim.data.truth import Truth
from bayesim.errors import DataError

__all__ = ["observe_optical"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LIGHT = 299_792_458.0
"""Metres per second."""


def observe_optical(
    truth: Truth,
    *,
    telescopes: Floats,
    wavelength: float,
    v2_error: float,
    v2_floor: float = 1e-4,
    phase_error: float = 0.02,
    noise_scale: float = 1.0,
    seed: int,
) -> Interferometry:
    """Observe a sky with telescopes whose places are given for every snapshot.

    Parameters
    ----------
    truth : Truth
        The sky, of total flux 1 for squared visibilities that start at 1.
    telescopes : ndarray, shape (snapshots, telescopes, 2)
        East and North in metres, projected on the sky; at least three telescopes.
    wavelength : float
        Metres.
    v2_error, v2_floor : float
        Claimed error of a squared visibility: a fraction of it plus a constant.
    phase_error : float
        Claimed error of a closure phase in radians.
    noise_scale : float
        True errors over claimed ones.
    seed : int
        Of the noise.

    Returns
    -------
    Interferometry
        Every baseline and every triangle of every snapshot; errors independent, as pipelines of the field give them.

    Raises
    ------
    DataError
        The telescopes are not of that shape.
    """
    if telescopes.ndim != 3 or telescopes.shape[1] < 3 or telescopes.shape[2] != 2:
        raise DataError(f"telescopes have shape {telescopes.shape}: give (snapshots, 3 or more, 2)")
    rng = np.random.default_rng(seed)
    snapshots, count, _ = telescopes.shape
    pairs = np.array([*combinations(range(count), 2)])
    uv = ((telescopes[:, pairs[:, 1]] - telescopes[:, pairs[:, 0]]) / wavelength).reshape(-1, 2)
    seen = truth.visibilities(uv[:, 0], uv[:, 1], np.zeros(len(uv)))
    squared = np.abs(seen) ** 2
    sigma = v2_error * squared + v2_floor
    v2 = _per_baseline(
        squared + noise_scale * sigma * rng.standard_normal(sigma.size),
        sigma,
        uv,
        frequency=LIGHT / wavelength,
        stations=np.tile(pairs, (snapshots, 1)),
        account=Account(source="simulation", read=sigma.size, notes=(f"Gaussian noise, seed {seed}",)),
    )
    index, corners = _triangles(pairs, count, snapshots)
    total = np.angle(seen)[index] @ _AROUND + noise_scale * phase_error * rng.standard_normal(len(index))
    phases = _closures(v2, index, corners, value=np.angle(np.exp(1j * total)), sigma=phase_error)
    triples = _closures(v2, index[:0], corners[:0], value=np.zeros(0), sigma=1.0)
    absent = _per_baseline(np.zeros(0), np.zeros(0), uv[:0], frequency=0.0, stations=pairs[:0], account=Account())
    names = tuple(f"T{k}" for k in range(count))
    return Interferometry("simulation", None, names, v2, phases, triples, absent, absent)


_AROUND = np.array([1.0, 1.0, -1.0])
"""Sense of the baselines of a triangle: the third is traversed backwards."""


def _per_baseline(
    value: Floats, sigma: Floats, uv: Floats, *, frequency: float, stations: Integers, account: Account
) -> PerBaseline:
    time, hertz = np.full(value.size, np.nan), np.full(value.size, frequency)
    return PerBaseline(value, sigma, uv[:, 0], uv[:, 1], time, hertz, stations, account)


def _triangles(pairs: Integers, count: int, snapshots: int) -> tuple[Integers, Integers]:
    """Return baselines and telescopes of every triangle of every snapshot, shape (n, 3) each."""
    number = np.zeros((count, count), dtype=np.int64)
    number[pairs[:, 0], pairs[:, 1]] = np.arange(len(pairs))
    corners = np.array([*combinations(range(count), 3)])
    a, b, c = corners.T
    legs = np.stack([number[a, b], number[b, c], number[a, c]], axis=1)
    first = len(pairs) * np.arange(snapshots)[:, None, None]
    return (legs + first).reshape(-1, 3), np.tile(corners, (snapshots, 1))


def _closures(v2: PerBaseline, index: Integers, stations: Integers, *, value: Floats, sigma: float) -> Closures:
    n = value.size
    return Closures(
        value=value,
        sigma=np.full(n, sigma),
        u=v2.u,
        v=v2.v,
        index=index,
        sign=np.tile(_AROUND, (n, 1)),
        partner=np.arange(n)[:, None],
        whitening=np.full((n, 1), 1.0 / sigma),
        time=np.full(n, np.nan),
        frequency=np.full(n, v2.frequency[0]),
        stations=stations,
        account=v2.account,
    )
