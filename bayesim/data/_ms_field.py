"""Field of a Measurement Set: which rows are of it, and where it is on the sky."""

from pathlib import Path
from typing import Any

import numpy as np

from bayesim.data._casacore import Table, opened
from bayesim.errors import DataError, FormatError

__all__ = ["chosen_field", "phase_centre"]


def chosen_field(path: Path, main: Table, field: str | int | None) -> tuple[int, tuple[str, ...]]:
    """Return the number of the field to be read, and a note where rows of others are left aside."""
    used = [int(number) for number in np.unique(main.column("FIELD_ID"))]
    with opened(path / "FIELD") as table:
        names = [str(name) for name in table.column("NAME")]
    known = {number: names[number] for number in used if 0 <= number < len(names)}
    if field is None and len(used) == 1 and known:
        return used[0], ()
    wanted = [number for number, name in known.items() if field in (number, name)]
    if len(wanted) != 1:
        listing = ", ".join(f"{number} ({name})" for number, name in known.items())
        raise DataError(f"{path.name}: choose one of the fields {listing} by field=, was {field!r}")
    others = int(np.count_nonzero(main.column("FIELD_ID") != wanted[0]))
    return wanted[0], (f"{others} rows of other fields were not read",)


def phase_centre(path: Path, number: int) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return right ascension and declination (ICRS, radians) of the field."""
    with opened(path / "FIELD") as table:
        direction: Any = np.atleast_2d(table.cell("PHASE_DIR", number))
        frame = str(table.keywords("PHASE_DIR").get("MEASINFO", {}).get("Ref", "J2000"))
    if direction.shape[1] != 2 or not np.all(np.isfinite(direction)):
        raise FormatError(f"{path.name}: PHASE_DIR of field {number} is {direction.tolist()}")
    ra, dec = (float(angle) for angle in direction[0])
    if frame in ("J2000", "ICRS"):
        return (ra, dec), ()
    if frame == "B1950":
        # takes a second to import, and few files need it
        from astropy import units
        from astropy.coordinates import SkyCoord

        sky = SkyCoord(ra * units.rad, dec * units.rad, frame="fk4").icrs
        return (float(sky.ra.rad), float(sky.dec.rad)), ("phase centre converted from B1950; u, v keep its axes",)
    return None, (f"the phase centre is given in {frame}, which is not a fixed direction: left out",)
