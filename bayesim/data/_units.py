"""Were units mixed up? Frequencies, baselines, directions and times against what arrays on the ground can be."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data._finding import Finding, suspicious_units
from bayesim.data._visibilities import Visibilities

__all__ = ["mixed_up_units"]

Floats = NDArray[np.float64]

_LOWEST_FREQUENCY = 1e7
"""Hz: below, the ionosphere reflects (LOFAR's low band starts at 10 MHz)."""

_HIGHEST_FREQUENCY = 1e15
"""Hz: the ultraviolet end of optical interferometry (0.3 micrometres)."""

_EARTH_DIAMETER = 1.2757e7
"""Metres (WGS84); only an orbiting antenna makes a longer baseline."""

_CENTIMETRE_WAVES, _INFRARED = 1e9, 1e12

_SHORTEST_DISHES = 3.0
"""Metres: dishes of cm and mm arrays are 3.5 m (CARMA) to 25 m; horns (DASI, CBI) are smaller and will be named."""

_SHORTEST_APERTURES = 0.1
"""Metres: sub-apertures of a pupil mask in the optical."""

_FEWEST_WAVELENGTHS = 10.0
"""The longest baseline of an array that images is longer."""

_MJD = (15_020.0, 88_069.0)
"""Years 1900 and 2100."""


def mixed_up_units(vis: Visibilities) -> Iterator[Finding]:
    """Compare every quantity with what it can be on the ground; none of the findings is fatal."""
    yield from _frequencies(vis)
    yield from _lengths(vis)
    yield from _channels(vis)
    yield from _directions(vis)
    yield from _times(vis)


def _frequencies(vis: Visibilities) -> Iterator[Finding]:
    hertz = _known(vis.frequency)
    if hertz.size and hertz.min() < _LOWEST_FREQUENCY:
        value = float(hertz.min())
        message = f"frequency {value:.6g} Hz is below {_LOWEST_FREQUENCY:.0e} Hz, the lowest that reaches the ground"
        yield suspicious_units(value, _LOWEST_FREQUENCY, message, "give Hz, not kHz, MHz or GHz")
    if hertz.size and hertz.max() > _HIGHEST_FREQUENCY:
        value = float(hertz.max())
        message = f"frequency {value:.6g} Hz is above {_HIGHEST_FREQUENCY:.0e} Hz"
        yield suspicious_units(value, _HIGHEST_FREQUENCY, message, "give Hz")


def _lengths(vis: Visibilities) -> Iterator[Finding]:
    """Compare baselines with what stands on the ground."""
    longest = float(np.linalg.norm(vis.uvw, axis=1).max())
    if longest < _FEWEST_WAVELENGTHS:
        message = f"the longest baseline is {longest:.3g} wavelengths, below {_FEWEST_WAVELENGTHS:g}"
        yield suspicious_units(longest, _FEWEST_WAVELENGTHS, message, "give wavelengths, not seconds, km or klambda")
    known = np.isfinite(vis.frequency) & (vis.frequency > 0)
    if not known.any():
        return
    metres = np.linalg.norm(vis.uvw[known], axis=1) * (SPEED_OF_LIGHT / vis.frequency[known])
    if metres.max() > _EARTH_DIAMETER:
        message = f"the longest baseline is {metres.max():.4g} m, longer than the Earth ({_EARTH_DIAMETER:.5g} m)"
        remedy = "check that u, v, w are wavelengths and the frequency is in Hz (an orbiting antenna is no error)"
        yield suspicious_units(float(metres.max()), _EARTH_DIAMETER, message, remedy)
    shortest = float(metres.min())
    hertz = float(np.median(vis.frequency[known]))
    limit = 0.0 if hertz < _CENTIMETRE_WAVES else _SHORTEST_DISHES if hertz < _INFRARED else _SHORTEST_APERTURES
    if shortest < limit:
        message = (
            f"the shortest baseline is {shortest:.3g} m at {hertz:.4g} Hz, shorter than an antenna ({limit:g} m)"
        )
        yield suspicious_units(shortest, limit, message, "u, v, w look like metres or klambda: give wavelengths")


def _channels(vis: Visibilities) -> Iterator[Finding]:
    """Baselines in wavelengths grow with frequency; the same numbers in all channels are metres."""
    order = np.lexsort((vis.frequency, vis.time, vis.antenna2, vis.antenna1))
    one, two, time, hertz = (a[order] for a in (vis.antenna1, vis.antenna2, vis.time, vis.frequency))
    same = (one[1:] == one[:-1]) & (one[1:] >= 0) & (two[1:] == two[:-1]) & (time[1:] == time[:-1])
    pairs = np.flatnonzero(same & (hertz[1:] > hertz[:-1]) & (hertz[:-1] > 0))
    if not pairs.size:
        return
    length = np.linalg.norm(vis.uvw, axis=1)[order]
    growth = length[pairs + 1] / length[pairs] - 1.0
    value = float(np.median(growth / (hertz[pairs + 1] / hertz[pairs] - 1.0)))
    if not abs(value - 1.0) < 0.5:
        message = f"from channel to channel baselines grow {value:.2g} times as much as the frequency, expected 1"
        yield suspicious_units(value, 1.0, message, "u, v, w look like metres: give wavelengths of each channel")


def _directions(vis: Visibilities) -> Iterator[Finding]:
    if vis.phase_centre is None:
        return
    ra, dec = vis.phase_centre
    for name, value, limit in (("right ascension", ra, 2 * np.pi), ("declination", dec, np.pi / 2)):
        if abs(value) > limit * (1 + 1e-12):
            message = f"{name} {value:.6g} of the phase centre is beyond {limit:.4g} rad"
            yield suspicious_units(value, limit, message, "give radians, or '12.3deg', not bare degrees")


def _times(vis: Visibilities) -> Iterator[Finding]:
    time = vis.time[np.isfinite(vis.time)]
    for value, limit in ((time.min(), _MJD[0]), (time.max(), _MJD[1])) if time.size else ():
        if not _MJD[0] <= value <= _MJD[1]:
            message = f"time {value:.8g} is not a Modified Julian Date of 1900 to 2100"
            yield suspicious_units(float(value), limit, message, "give MJD in days (JD - 2400000.5, seconds / 86400)")
            return


def _known(frequency: Floats) -> Floats:
    return frequency[np.isfinite(frequency) & (frequency > 0)]
