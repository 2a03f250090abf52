"""A simulated observation with known truth: a dozen points off any grid and one extended source."""

import numpy as np
from astropy.table import Table

from bayesim.conventions import ARCSEC
from bayesim.data._visibilities import Visibilities
from bayesim.data.arrays import array
from bayesim.data.simulate import observe
from bayesim.data.truth import GaussianSource, PointSource

__all__ = ["example"]

_FREQUENCY = 8.4e9
"""Hz, the VLA's X band."""

_SNR = (200, 130, 85, 60, 40, 28, 20, 14, 10, 8, 6, 5)
"""Signal-to-noise ratios of the point sources, ``flux * sqrt(sum weight)``."""

_EXTENDED_SNR = 300
"""Of the total flux of the extended source."""

_SIGMA_IMAGE = 2e-4
"""Thermal noise of the image in Jy: the faintest point has 1 mJy."""

_LAYOUT_SEED = 9
"""Of the positions, fixed, so that every observation shows the same sky."""

_HALF_FIELD = 55 * ARCSEC
_SEPARATION = 16 * ARCSEC
_POINT_RADIUS = 3 * ARCSEC
"""Within it flux belongs to a point: one CLEAN beam."""


def example(*, seed: int) -> tuple[Visibilities, Table]:
    """Observe a dozen points off any grid and one extended source with the VLA in C configuration for six hours.

    Parameters
    ----------
    seed : int
        Of the thermal noise; the sky is always the same.

    Returns
    -------
    Visibilities
        8 775 samples at 8.4 GHz, thermal noise of the image 0.2 mJy.
    astropy.table.Table
        Truth: ``l, m`` (deg), ``flux`` (Jy), ``snr``, ``kind`` and ``radius`` (deg, within which its flux lies).
    """
    vla = array("vla.c")
    places = _scattered(len(_SNR) + 1)
    points = [PointSource(snr * _SIGMA_IMAGE, l, m) for snr, (l, m) in zip(_SNR, places[1:], strict=True)]
    extended = GaussianSource(_EXTENDED_SNR * _SIGMA_IMAGE, *places[0], 9 * ARCSEC, 5 * ARCSEC, np.radians(30.0))
    hours = np.linspace(-np.pi / 4, np.pi / 4, 25)
    samples = hours.size * vla.xyz.shape[0] * (vla.xyz.shape[0] - 1) // 2
    vis = observe(
        vla,
        sources=[*points, extended],
        declination=np.radians(40.0),
        hour_angles=hours,
        frequency=_FREQUENCY,
        sigma=_SIGMA_IMAGE * samples**0.5,
        seed=seed,
        right_ascension=np.radians(180.0),
    )
    fluxes = np.array([point.flux for point in points] + [extended.flux])
    truth = Table(
        {
            "l": np.degrees([l for l, _ in [*places[1:], places[0]]]),
            "m": np.degrees([m for _, m in [*places[1:], places[0]]]),
            "flux": fluxes,
            "snr": fluxes / _SIGMA_IMAGE,
            "kind": ["point"] * len(points) + ["extended"],
            "radius": np.degrees([_POINT_RADIUS] * len(points) + [12 * ARCSEC]),
        }
    )
    return vis, truth


def _scattered(count: int) -> list[tuple[float, float]]:
    """Positions well apart, the first near the centre."""
    rng = np.random.default_rng(_LAYOUT_SEED)
    found = [(5 * ARCSEC, -8 * ARCSEC)]
    while len(found) < count:
        l, m = rng.uniform(-_HALF_FIELD, _HALF_FIELD, 2)
        if min(np.hypot(l - a, m - b) for a, b in found) > _SEPARATION:
            found.append((float(l), float(m)))
    return found
