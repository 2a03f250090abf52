"""Header of a UVFITS file: regular axes, correlations and the phase centre (AIPS Memo 117, section 3)."""

from pathlib import Path

import numpy as np
from astropy import units

from bayesim.data._random_groups import RandomGroups
from bayesim.errors import FormatError

__all__ = ["correlations", "phase_centre", "regular_axis"]

# AIPS Memo 117, section 3.1: values of the STOKES axis
_STOKES = {
    1: "I",
    2: "Q",
    3: "U",
    4: "V",
    -1: "RR",
    -2: "LL",
    -3: "RL",
    -4: "LR",
    -5: "XX",
    -6: "YY",
    -7: "XY",
    -8: "YX",
}


def regular_axis(groups: RandomGroups, name: str) -> tuple[float, float, float]:
    """Return reference value, increment and reference pixel (1-based) of an axis by its CTYPE."""
    for key, value in groups.header.items():
        if key.startswith("CTYPE") and str(value).strip() == name:
            k = key.removeprefix("CTYPE")
            return _card(groups, f"CRVAL{k}"), _card(groups, f"CDELT{k}"), _card(groups, f"CRPIX{k}")
    raise FormatError(f"the header has no {name} axis")


def _card(groups: RandomGroups, key: str) -> float:
    value = groups.header.get(key, 1.0)
    if isinstance(value, str) or not np.isfinite(value):
        raise FormatError(f"the header has {key} = {value!r}, not a number")
    return float(value)


def correlations(path: Path, groups: RandomGroups) -> tuple[str, ...]:
    """Return the names of the correlations along the STOKES axis."""
    value, step, pixel = regular_axis(groups, "STOKES")
    codes = value + step * (np.arange(groups.cube.shape[3]) + 1 - pixel)
    names = tuple(_STOKES.get(int(code), "") if code == np.round(code) else "" for code in codes)
    if "" in names:
        raise FormatError(f"{path.name}: STOKES axis holds {codes.tolist()}, not codes of AIPS")
    return names


def phase_centre(groups: RandomGroups) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the phase centre (ICRS, radians) and a note where the file's axes are of another equinox."""
    # takes a second to import, and other formats do not need it
    from astropy.coordinates import FK4, FK5, ICRS, SkyCoord

    try:
        ra, dec = regular_axis(groups, "RA")[0], regular_axis(groups, "DEC")[0]
    except FormatError:
        return None, ("the header names no phase centre",)
    if not (np.isfinite(ra) and abs(dec) <= 90):
        raise FormatError(f"the phase centre RA {ra}, DEC {dec} degrees is not on the sky")
    equinox = str(groups.header.get("EQUINOX", groups.header.get("EPOCH", 2000.0))).strip().lstrip("JB")
    if equinox not in ("1950", "1950.0"):
        sky = SkyCoord(ra * units.deg, dec * units.deg, frame=FK5(equinox="J2000"))
        return (float(sky.ra.rad), float(sky.dec.rad)), ()
    sky = SkyCoord(ra * units.deg, dec * units.deg, frame=FK4(equinox="B1950")).transform_to(ICRS())
    note = "the file is of equinox B1950: the phase centre was converted, u and v keep the axes of B1950"
    return (float(sky.ra.rad), float(sky.dec.rad)), (note,)
