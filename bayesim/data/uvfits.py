"""UVFITS (AIPS random groups; AIPS Memo 117): calibrated visibilities of one source."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bayesim.data._intake import from_arrays
from bayesim.data._random_groups import RandomGroups, load, starts_like_groups
from bayesim.data._stokes import intensity
from bayesim.data._uvfits_header import correlations, phase_centre, regular_axis
from bayesim.data._uvfits_tables import antennas, frequencies
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["matches", "read"]

Floats = NDArray[np.float64]

_JD_TO_MJD = 2_400_000.5

_ATOMIC = ("IAT", "TAI")


def matches(path: Path) -> bool:
    """Tell whether the file starts as a FITS file of random groups does."""
    return starts_like_groups(path)


def read(path: str | Path) -> Visibilities:
    """Read a UVFITS file.

    Parameters
    ----------
    path : path
        File with one source; all IFs and channels are read, at their own frequencies.

    Returns
    -------
    Visibilities
        Stokes I of the parallel hands. The file's kernel is ``exp(+2 pi i (ul + vm))`` with position 1 minus
        position 2, so the data are conjugated and ``u, v, w`` (seconds in the file) are multiplied by the frequency
        only. Weights at or below zero are flags.

    Raises
    ------
    FormatError
        The file is damaged, truncated, or is no UVFITS.
    DataError
        It holds several sources, or its values cannot be used (see :func:`bayesim.data.from_arrays`).
    """
    path = Path(path)
    groups = load(path)
    _one_source(path, groups)
    n_group, n_if, n_freq = groups.cube.shape[:3]
    if groups.cube.shape[4] not in (2, 3):
        raise FormatError(f"{path.name}: COMPLEX axis of length {groups.cube.shape[4]}, expected 3 (re, im, weight)")
    cube = groups.cube.astype(np.float64)
    weight = cube[..., 2] if cube.shape[4] == 3 else np.ones(cube.shape[:4])
    data, weight, notes = intensity(cube[..., 0] - 1j * cube[..., 1], weight, correlations(path, groups))
    if groups.cube.shape[4] == 2:
        notes += ("the file holds no weights: 1 was taken",)
    frequency = frequencies(path, groups, n_if, n_freq)
    u, v, w = ((_coordinate(path, groups, axis)[:, None, None] * frequency).ravel() for axis in ("UU", "VV", "WW"))
    one, two, names = antennas(path, groups)
    centre, frame = phase_centre(groups)
    time = np.repeat(_time(path, groups), n_if * n_freq)
    return from_arrays(
        u,
        v,
        data.ravel(),
        w=w,
        weight=weight.ravel(),
        antenna1=np.repeat(one, n_if * n_freq),
        antenna2=np.repeat(two, n_if * n_freq),
        time=time,
        frequency=np.broadcast_to(frequency, (n_group, n_if, n_freq)).ravel(),
        phase_centre=centre,
        antenna_names=names,
        source=path.name,
        notes=("UVFITS: conjugated for the kernel exp(-2 pi i ...)", *notes, *frame),
    )


def _one_source(path: Path, groups: RandomGroups) -> None:
    number = groups.parameters.get("SOURCE")
    if number is not None and np.unique(number).size > 1:
        raise DataError(f"{path.name} holds {np.unique(number).size} sources: split it by source first")


def _coordinate(path: Path, groups: RandomGroups, axis: str) -> Floats:
    """Return UU, VV or WW in seconds, whatever suffix (``UU--``, ``UU---SIN``, ``UU-L``) the name has."""
    found = [name for name in groups.parameters if name == axis or name.startswith(f"{axis}-")]
    if len(found) != 1:
        raise FormatError(f"{path.name} has {len(found)} random parameters {axis}, expected one")
    if found[0].endswith("-L"):
        return groups.parameters[found[0]] / regular_axis(groups, "FREQ")[0]
    return groups.parameters[found[0]]


def _time(path: Path, groups: RandomGroups) -> Floats:
    """Return Modified Julian Dates in UTC."""
    if "DATE" not in groups.parameters:
        raise FormatError(f"{path.name} has no random parameter DATE")
    time = groups.parameters["DATE"] + groups.parameters.get("_DATE", 0.0) - _JD_TO_MJD
    header = groups.antennas[0][0] if groups.antennas else {}
    scale = str(header.get("TIMSYS", header.get("TIMESYS", "UTC"))).strip()
    # outside these years astropy has no leap seconds to go by
    if scale in _ATOMIC and np.all((time > 41_317) & (time < 80_000)):
        # takes a second to import, and other formats do not need it
        from astropy.time import Time

        return np.asarray(Time(time, format="mjd", scale="tai").utc.mjd)
    return np.asarray(time)
