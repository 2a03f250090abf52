"""Thermal noise: its standard deviation by SEFD, by number or by signal-to-noise ratio, and its draws."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesim.data.truth import Truth
from bayesim.errors import DataError

__all__ = ["deviations", "noise"]

Floats = NDArray[np.float64]


def deviations(
    sky: Sequence[Truth],
    one: NDArray[np.int32],
    two: NDArray[np.int32],
    *,
    sefd: float | Floats | None,
    per_sefd: float,
    sigma: float | Floats | None,
    snr: float | None,
) -> Floats:
    """Return sigma of one real component of every sample, Jy."""
    if sum(value is not None for value in (sefd, sigma, snr)) != 1:
        raise DataError("give exactly one of sefd, sigma and snr")
    if sefd is not None:
        antenna = np.broadcast_to(np.asarray(sefd, dtype=np.float64), int(max(one.max(), two.max())) + 1)
        deviation = np.sqrt(antenna[one] * antenna[two] / per_sefd)
    elif sigma is not None:
        deviation = np.broadcast_to(np.asarray(sigma, dtype=np.float64), one.shape)
    else:
        brightest = max((source.peak for source in sky), default=0.0)
        deviation = np.full(one.shape, brightest * np.sqrt(one.size) / float(snr or np.nan))
    if not (np.all(np.isfinite(deviation)) and np.all(deviation > 0)):
        raise DataError("sigma, sefd and snr must be positive and finite, and snr needs a source of positive flux")
    return np.asarray(deviation)


def noise(deviation: Floats, seed: int | None) -> NDArray[np.complex128]:
    """Draw the noise, Jy; ``deviation`` is of the real and of the imaginary component."""
    if seed is None:
        return np.zeros(deviation.shape, dtype=np.complex128)
    real, imaginary = np.random.default_rng(seed).standard_normal((2, deviation.size))
    return np.asarray(deviation * (real + 1j * imaginary))
