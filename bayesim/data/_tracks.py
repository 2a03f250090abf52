"""Paths of baselines through the u, v, w space as the Earth turns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data.arrays import Array
from bayesim.errors import DataError

__all__ = ["Tracks", "tracks"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tracks:
    """Samples of all baselines, flattened in the order time, baseline."""

    uvw: Floats
    antenna1: NDArray[np.int32]
    antenna2: NDArray[np.int32]
    hour_angle: Floats
    up: NDArray[np.bool_]


def tracks(array: Array, *, declination: float, hour_angles: Any, elevation_limit: float = 0.0) -> Tracks:
    """Return ``uvw`` in metres (3, n), antenna numbers, hour angles and whether both antennas see the source.

    ``u`` is to the East, ``v`` to the North, ``w`` to the source, position 1 minus position 2 (Thompson, Moran &
    Swenson 2017, eq. 4.1).
    """
    hours = np.atleast_1d(np.asarray(hour_angles, dtype=np.float64))
    if hours.ndim != 1 or not hours.size or not np.all(np.isfinite(hours)):
        raise DataError(f"hour_angles must be a list of finite radians, has shape {hours.shape}")
    if not abs(declination) <= np.pi / 2:
        raise DataError(f"declination {declination:.6g} must lie within +-pi/2 radians: were degrees meant?")
    one, two = np.triu_indices(len(array.xyz), 1)
    sin_h, cos_h, sin_d, cos_d = np.sin(hours), np.cos(hours), np.sin(declination), np.cos(declination)
    zero = np.zeros_like(hours)
    rotation = np.array(
        [
            [sin_h, cos_h, zero],
            [-sin_d * cos_h, sin_d * sin_h, zero + cos_d],
            [cos_d * cos_h, -cos_d * sin_h, zero + sin_d],
        ]
    )
    uvw = np.einsum("ijt,bj->itb", rotation, array.equatorial[one] - array.equatorial[two])
    zenith = array.equatorial / np.linalg.norm(array.equatorial, axis=1, keepdims=True)
    seen = np.einsum("jt,aj->ta", rotation[2], zenith) > np.sin(elevation_limit)
    pairs = (hours.size, one.size)
    return Tracks(
        uvw=uvw.reshape(3, -1),
        antenna1=np.broadcast_to(one.astype(np.int32), pairs).ravel(),
        antenna2=np.broadcast_to(two.astype(np.int32), pairs).ravel(),
        hour_angle=np.repeat(hours, one.size),
        up=(seen[:, one] & seen[:, two]).ravel(),
    )
