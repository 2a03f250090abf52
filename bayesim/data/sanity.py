"""Do the numbers make sense? Units that were mixed up, pixels that are too large, a w-term that counts."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import ARCSEC, SPEED_OF_LIGHT
from bayesim.data._visibilities import Visibilities
from bayesim.errors import BayesimWarning, GridError
from bayesim.sky import Grid

__all__ = ["Finding", "enforce", "examine"]

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
_MOST_PIXELS = 50.0
"""Cells per resolution element 1/B; super-resolution imaging uses up to 25."""
_MJD = (15_020.0, 88_069.0)
"""Years 1900 and 2100."""
_W_PHASE = 0.1
"""Radians: from here on coplanar imaging loses 0.5 % of a source at the corner (1 - cos)."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or looks so.

    Parameters
    ----------
    subject : str
        ``"units"``, ``"pixels"``, ``"field"`` or ``"w term"``.
    fatal : bool
        The image could not be right.
    value, limit : float
        The number that was found and where it should have stopped, in the units of the message.
    message, remedy : str
        What was found, and the way out.
    """

    subject: str
    fatal: bool
    value: float
    limit: float
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message}: {self.remedy}"


def examine(vis: Visibilities, *, grid: Grid | None = None) -> tuple[Finding, ...]:
    """Look for mixed-up units and, with a grid, for pixels and fields that do not suit the array.

    Parameters
    ----------
    vis : Visibilities
        As read; units are guessed from what arrays on the ground can be.
    grid : Grid, optional
        The image that is planned.

    Returns
    -------
    tuple of Finding
        Empty where nothing looks wrong. The finding on the w term concerns coplanar operators only.
    """
    found = [*_frequencies(vis), *_lengths(vis), *_channels(vis), *_directions(vis), *_times(vis)]
    if grid is not None:
        found += [*_pixels(vis, grid), *_field(vis, grid), *_w_term(vis, grid)]
    return tuple(found)


def enforce(findings: tuple[Finding, ...]) -> None:
    """Raise the first fatal finding, warn of the others.

    Raises
    ------
    GridError
        A finding is fatal.

    Warns
    -----
    BayesimWarning
        Once per finding that is not.
    """
    for finding in findings:
        if finding.fatal:
            raise GridError(str(finding))
    for finding in findings:
        warnings.warn(str(finding), BayesimWarning, stacklevel=2)


def _suspicious(value: float, limit: float, message: str, remedy: str) -> Finding:
    return Finding("units", fatal=False, value=value, limit=limit, message=message, remedy=remedy)


def _known(frequency: Floats) -> Floats:
    return frequency[np.isfinite(frequency) & (frequency > 0)]


def _frequencies(vis: Visibilities) -> Iterator[Finding]:
    hertz = _known(vis.frequency)
    if hertz.size and hertz.min() < _LOWEST_FREQUENCY:
        value = float(hertz.min())
        message = f"frequency {value:.6g} Hz is below {_LOWEST_FREQUENCY:.0e} Hz, the lowest that reaches the ground"
        yield _suspicious(value, _LOWEST_FREQUENCY, message, "give Hz, not kHz, MHz or GHz")
    if hertz.size and hertz.max() > _HIGHEST_FREQUENCY:
        value = float(hertz.max())
        message = f"frequency {value:.6g} Hz is above {_HIGHEST_FREQUENCY:.0e} Hz"
        yield _suspicious(value, _HIGHEST_FREQUENCY, message, "give Hz")


def _lengths(vis: Visibilities) -> Iterator[Finding]:
    """Compare baselines with what stands on the ground."""
    longest = float(np.linalg.norm(vis.uvw, axis=1).max())
    if longest < _FEWEST_WAVELENGTHS:
        message = f"the longest baseline is {longest:.3g} wavelengths, below {_FEWEST_WAVELENGTHS:g}"
        yield _suspicious(longest, _FEWEST_WAVELENGTHS, message, "give wavelengths, not seconds, km or klambda")
    known = np.isfinite(vis.frequency) & (vis.frequency > 0)
    if not known.any():
        return
    metres = np.linalg.norm(vis.uvw[known], axis=1) * (SPEED_OF_LIGHT / vis.frequency[known])
    if metres.max() > _EARTH_DIAMETER:
        message = f"the longest baseline is {metres.max():.4g} m, longer than the Earth ({_EARTH_DIAMETER:.5g} m)"
        remedy = "check that u, v, w are wavelengths and the frequency is in Hz (an orbiting antenna is no error)"
        yield _suspicious(float(metres.max()), _EARTH_DIAMETER, message, remedy)
    shortest = float(metres.min())
    hertz = float(np.median(vis.frequency[known]))
    limit = 0.0 if hertz < _CENTIMETRE_WAVES else _SHORTEST_DISHES if hertz < _INFRARED else _SHORTEST_APERTURES
    if shortest < limit:
        message = (
            f"the shortest baseline is {shortest:.3g} m at {hertz:.4g} Hz, shorter than an antenna ({limit:g} m)"
        )
        yield _suspicious(shortest, limit, message, "u, v, w look like metres or klambda: give wavelengths")


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
        yield _suspicious(value, 1.0, message, "u, v, w look like metres: give wavelengths of each channel")


def _directions(vis: Visibilities) -> Iterator[Finding]:
    if vis.phase_centre is None:
        return
    ra, dec = vis.phase_centre
    for name, value, limit in (("right ascension", ra, 2 * np.pi), ("declination", dec, np.pi / 2)):
        if abs(value) > limit * (1 + 1e-12):
            message = f"{name} {value:.6g} of the phase centre is beyond {limit:.4g} rad"
            yield _suspicious(value, limit, message, "give radians, or '12.3deg', not bare degrees")


def _times(vis: Visibilities) -> Iterator[Finding]:
    time = vis.time[np.isfinite(vis.time)]
    for value, limit in ((time.min(), _MJD[0]), (time.max(), _MJD[1])) if time.size else ():
        if not _MJD[0] <= value <= _MJD[1]:
            message = f"time {value:.8g} is not a Modified Julian Date of 1900 to 2100"
            yield _suspicious(float(value), limit, message, "give MJD in days (JD - 2400000.5, seconds / 86400)")
            return


def _pixels(vis: Visibilities, grid: Grid) -> Iterator[Finding]:
    longest = float(max(np.abs(vis.u).max(), np.abs(vis.v).max()))
    limit = 0.5 / longest
    if grid.cell > limit * (1 + 1e-12):
        message = f"cell {_angle(grid.cell)} under-samples the longest baseline"
        remedy = f"{_baseline(longest)} needs <= {_angle(limit)}"
        yield Finding("pixels", fatal=True, value=grid.cell, limit=limit, message=message, remedy=remedy)
    cells = 1.0 / (vis.longest_baseline * grid.cell)
    if cells > _MOST_PIXELS:
        message = f"{cells:.3g} cells span one resolution element ({_angle(1 / vis.longest_baseline)})"
        remedy = f"more than {_MOST_PIXELS:g} bring nothing: u, v may be metres, or use a larger cell"
        yield _suspicious(cells, _MOST_PIXELS, message, remedy)


def _field(vis: Visibilities, grid: Grid) -> Iterator[Finding]:
    resolution = 1.0 / vis.longest_baseline
    if max(grid.fov) < resolution:
        message = f"the field of {_angle(max(grid.fov))} is smaller than one resolution element, {_angle(resolution)}"
        remedy = "use a larger field, or check the units of u, v (wavelengths)"
        yield Finding("field", fatal=False, value=max(grid.fov), limit=resolution, message=message, remedy=remedy)


def _w_term(vis: Visibilities, grid: Grid) -> Iterator[Finding]:
    height = float(np.abs(grid.n_minus_1).max())
    phase = 2 * np.pi * float(np.abs(vis.w).max()) * height
    if phase > _W_PHASE:
        message = f"coplanar imaging neglects a w phase of {phase:.3g} rad at the corner of the field"
        shrink = float(np.sqrt(_W_PHASE / phase))
        remedy = f"use an operator with w, or a field {shrink:.2g} times as wide (limit {_W_PHASE} rad)"
        yield Finding("w term", fatal=False, value=phase, limit=_W_PHASE, message=message, remedy=remedy)


def _angle(radians: float) -> str:
    value = radians / ARCSEC
    return f"{value:.3g} arcsec" if value >= 1e-2 else f"{value * 1e6:.3g} uas"


def _baseline(wavelengths: float) -> str:
    for size, name in ((1e9, "Glambda"), (1e6, "Mlambda"), (1e3, "klambda")):
        if wavelengths >= size:
            return f"{wavelengths / size:.3g} {name}"
    return f"{wavelengths:.3g} lambda"
