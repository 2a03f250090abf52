"""Observations of a known sky by a known array: hour-angle tracks, exact visibilities, thermal noise."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data._intake import from_arrays
from bayesim.data._noise import deviations, noise
from bayesim.data._tracks import tracks
from bayesim.data._visibilities import Visibilities
from bayesim.data.arrays import Array
from bayesim.data.truth import ImageSource, Truth
from bayesim.errors import DataError
from bayesim.sky import Grid

__all__ = ["observe"]

Floats = NDArray[np.float64]

_SIDEREAL_DAY = 0.997_269_566
"""Of a mean solar day (IERS): the Earth turns by 2 pi in it."""


def observe(
    array: Array,
    *,
    sources: Sequence[Truth] = (),
    image: Floats | None = None,
    grid: Grid | None = None,
    declination: float,
    hour_angles: Any,
    frequency: float | Sequence[float] | Floats,
    sefd: float | Floats | None = None,
    bandwidth: float = 1e6,
    integration: float = 10.0,
    sigma: float | Floats | None = None,
    snr: float | None = None,
    seed: int | None,
    right_ascension: float = 0.0,
    elevation_limit: float = 0.0,
    transit: float = 60_000.0,
) -> Visibilities:
    """Observe a sky, exact w-term included.

    Parameters
    ----------
    array : Array
        The antennas.
    sources : sequence of PointSource, GaussianSource, ImageSource
        What is on the sky; anything with ``peak`` and ``visibilities(u, v, w)``.
    image, grid : ndarray and Grid, optional
        An image in Jy/pixel, short for one more :class:`ImageSource`.
    declination, right_ascension : float
        Phase centre in radians.
    hour_angles : array_like, shape (n_time,)
        At the array's reference longitude, in radians.
    frequency : float or array_like, shape (n_channel,)
        Hz.
    sefd : float or array_like, shape (n_antenna,), optional
        System equivalent flux density in Jy of one hand. With ``bandwidth`` (Hz) and ``integration`` (s) one real
        component of Stokes I (two hands) has ``sigma = sqrt(SEFD_1 SEFD_2 / (4 bandwidth integration))``.
    sigma : float or array_like, shape (n,), optional
        Standard deviation of one real component in Jy.
    snr : float, optional
        Of the brightest source, ``peak * sqrt(sum weight)``; sets one sigma for all samples.
    seed : int or None
        Of the noise; None leaves the noise out and keeps the weights.
    elevation_limit : float
        Radians (geocentric elevation); samples below are left out and counted.
    transit : float
        Modified Julian Date of hour angle zero.

    Returns
    -------
    Visibilities
        In the order time, baseline, channel.

    Raises
    ------
    DataError
        Not exactly one of ``sefd``, ``sigma`` and ``snr``, nothing above the limit, or a value out of range.
    """
    sky = _sky(sources, image, grid)
    hertz = np.atleast_1d(np.asarray(frequency, dtype=np.float64))
    if not (np.all(np.isfinite(hertz)) and np.all(hertz > 0)):
        raise DataError(f"frequency {frequency!r} must be positive and finite (Hz)")
    path = tracks(array, declination=declination, hour_angles=hour_angles, elevation_limit=elevation_limit)
    up = np.flatnonzero(path.up)
    if not up.size:
        raise DataError(f"the source is never above the elevation limit of {np.degrees(elevation_limit):.3g} degrees")
    u, v, w = (path.uvw[:, up, None] * (hertz / SPEED_OF_LIGHT)).reshape(3, -1)
    row = np.repeat(up, hertz.size)
    model = sum((source.visibilities(u, v, w) for source in sky), start=np.zeros(u.size, dtype=np.complex128))
    one, two = path.antenna1[row], path.antenna2[row]
    deviation = deviations(sky, one, two, sefd=sefd, per_sefd=4 * bandwidth * integration, sigma=sigma, snr=snr)
    clock = transit + path.hour_angle[row] / (2 * np.pi) * _SIDEREAL_DAY
    visibilities = from_arrays(
        u,
        v,
        model + noise(deviation, seed),
        w=w,
        sigma=deviation,
        antenna1=one,
        antenna2=two,
        time=clock,
        frequency=np.tile(hertz, up.size),
        phase_centre=(right_ascension, declination),
        antenna_names=array.names,
        source=f"simulation ({array.name})",
        notes=("no noise was added" if seed is None else f"Gaussian noise, seed {seed}",),
    )
    return _counting(visibilities, hertz.size * (path.up.size - up.size))


def _sky(sources: Sequence[Truth], image: Floats | None, grid: Grid | None) -> list[Truth]:
    if (image is None) != (grid is None):
        raise DataError("image and grid go together: give both or neither")
    extra = [] if grid is None else [ImageSource(np.asarray(image, dtype=np.float64), grid)]
    return [*sources, *extra]


def _counting(visibilities: Visibilities, below: int) -> Visibilities:
    """Count samples that were never computed because the source was too low."""
    if not below:
        return visibilities
    account = visibilities.account
    dropped = MappingProxyType({**account.dropped, "below the elevation limit": below})
    return replace(visibilities, account=replace(account, read=account.read + below, dropped=dropped))
