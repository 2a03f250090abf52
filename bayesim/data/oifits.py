"""OIFITS (Pauls et al. 2005, PASP 117, 1255; Duvert et al. 2017, A&A 597, A8): optical interferometry."""

from collections import Counter
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data._closures import Closures
from bayesim.data._fits_file import contents
from bayesim.data._interferometry import Interferometry, PerBaseline
from bayesim.data._oifits_tables import Table, chosen_target, numbers, stations, tables, wavelength
from bayesim.data._visibilities import Account
from bayesim.errors import DataError, FormatError

__all__ = ["read_oifits"]

Floats = NDArray[np.float64]
Columns = dict[str, NDArray[np.float64]]


def read_oifits(path: str | Path, *, target: str | None = None) -> Interferometry:
    """Read an OIFITS file of version 1 or 2.

    Parameters
    ----------
    path : path
        File with tables OI_VIS2, OI_T3 or OI_VIS.
    target : str, optional
        Name of the target, needed where there are several.

    Returns
    -------
    Interferometry
        Every channel at its own ``u, v = UCOORD, VCOORD / EFF_WAVE``: the standard's kernel is the package's,
        ``exp(-2 pi i (ul + vm))`` with u to the East, so that nothing is conjugated. Phases are turned from degrees
        to radians. Rows left out are counted by reason: ``"flagged"``, ``"not finite"``, ``"error not positive"``.

    Raises
    ------
    FormatError
        The file is damaged, truncated, or is no OIFITS.
    DataError
        It holds several targets and none was named, or not the one that was, or nothing usable is left.
    """
    path = Path(path)
    found = contents(path, tables, what="OIFITS")
    if not any(table.name in ("OI_VIS2", "OI_T3", "OI_VIS") for table in found):
        raise FormatError(f"{path.name} holds no table OI_VIS2, OI_T3 or OI_VIS")
    name, number, centre = chosen_target(path, found, target)
    position, names = stations(path, found)
    reader = _Reader(path, found, number, position)
    result = Interferometry(
        target=name,
        phase_centre=centre,
        station_names=names,
        v2=reader.per_baseline("OI_VIS2", "VIS2DATA", "VIS2ERR"),
        closure_phase=reader.closures("T3PHI", "T3PHIERR"),
        t3amp=reader.closures("T3AMP", "T3AMPERR"),
        amplitude=reader.per_baseline("OI_VIS", "VISAMP", "VISAMPERR"),
        phase=reader.per_baseline("OI_VIS", "VISPHI", "VISPHIERR"),
        notes=(
            "OIFITS: kernel exp(-2 pi i (ul + vm)), u to the East, as it stands",
            *_kinds(found),
            *reader.unnamed(),
        ),
    )
    quantities = (result.v2, result.closure_phase, result.t3amp, result.amplitude, result.phase)
    if not any(quantity.account.used for quantity in quantities):
        raise DataError(f"nothing is left of {path.name}: {[dict(q.account.dropped) for q in quantities]}")
    return result


def _kinds(found: list[Table]) -> tuple[str, ...]:
    """Return what OI_VIS says about its amplitudes and phases: they need not be those of the sky."""
    said = {
        f"{key} is {str(table.cards[key]).strip()}"
        for table in found
        for key in ("AMPTYP", "PHITYP")
        if table.name == "OI_VIS" and key in table.cards
    }
    return tuple(sorted(said))


class _Reader:
    """Collects one quantity from all tables of its kind."""

    def __init__(self, path: Path, found: list[Table], target: int, position: dict[tuple[str, int], int]) -> None:
        self.path, self.found, self.target, self.position = path, found, target, position

    def per_baseline(self, extname: str, value: str, error: str) -> PerBaseline:
        """Return the quantity of one column of OI_VIS2 or OI_VIS."""
        columns, account = self._collect(extname, value, error, ("UCOORD", "VCOORD"), 2)
        return PerBaseline(
            value=columns["value"],
            sigma=columns["sigma"],
            u=columns["UCOORD"],
            v=columns["VCOORD"],
            time=columns["time"],
            frequency=columns["frequency"],
            stations=_together(columns, "station", 2),
            account=account,
        )

    def closures(self, value: str, error: str) -> Closures:
        """Return the quantity of one column of OI_T3: the third baseline closes the triangle."""
        places = ("U1COORD", "V1COORD", "U2COORD", "V2COORD")
        columns, account = self._collect("OI_T3", value, error, places, 3)
        n = columns["value"].size
        (u1, v1, u2, v2) = (columns[name] for name in places)
        return Closures(
            value=columns["value"],
            sigma=columns["sigma"],
            u=np.concatenate([u1, u2, -(u1 + u2)]),
            v=np.concatenate([v1, v2, -(v1 + v2)]),
            index=np.arange(3 * n).reshape(3, n).T,
            sign=np.ones((n, 3)),
            partner=np.arange(n)[:, None],
            whitening=1.0 / columns["sigma"][:, None],
            time=columns["time"],
            frequency=columns["frequency"],
            stations=_together(columns, "station", 3),
            account=account,
        )

    def unnamed(self) -> tuple[str, ...]:
        """Return a sentence where rows name stations that no OI_ARRAY holds."""
        asked = {
            (str(table.cards.get("ARRNAME", "")).strip(), int(index))
            for table in self.found
            if table.name in ("OI_VIS2", "OI_T3", "OI_VIS")
            for index in numbers(self.path, table, "STA_INDEX", width=3 if table.name == "OI_T3" else 2).ravel()
            if np.isfinite(index)
        }
        unknown = sorted(asked - set(self.position))
        return (f"stations {unknown} are in no OI_ARRAY: their number is -1",) if unknown else ()

    def _collect(
        self, extname: str, value: str, error: str, places: tuple[str, ...], legs: int
    ) -> tuple[Columns, Account]:
        parts, total, dropped = [], 0, Counter[str]()
        for table in self.found:
            if table.name == extname and value in table.columns:
                part = self._samples(table, value, error, places, legs)
                total += part["value"].size
                part, lost = _kept(part, places)
                parts.append(part)
                dropped.update(lost)
        names = ("value", "sigma", "time", "frequency", *places, *(f"station{k}" for k in range(legs)))
        empty = [np.zeros(0)]
        columns = {name: np.concatenate([p[name] for p in parts] or empty) for name in names}
        account = Account(source=self.path.name, read=total, dropped=MappingProxyType(dict(dropped)))
        return columns, account

    def _samples(self, table: Table, value: str, error: str, places: tuple[str, ...], legs: int) -> Columns:
        """Return the rows of the target, channel by channel."""
        metres = wavelength(self.path, self.found, table)
        mine = numbers(self.path, table, "TARGET_ID") == self.target
        wide = {n: numbers(self.path, table, n, width=metres.size)[mine] for n in (value, error)}
        factor = _factor(self.path, table, value)
        samples = {"value": wide[value] * factor, "sigma": wide[error] * factor}
        shape = samples["value"].shape
        flag = numbers(self.path, table, "FLAG", width=metres.size)[mine] if "FLAG" in table.columns else 0.0
        samples["flag"] = np.broadcast_to(flag, shape)
        samples |= {n: numbers(self.path, table, n)[mine][:, None] / metres for n in places}
        samples["time"] = np.broadcast_to(numbers(self.path, table, "MJD")[mine][:, None], shape)
        samples["frequency"] = np.broadcast_to(SPEED_OF_LIGHT / metres, shape)
        for k, station in enumerate(self._stations(table, legs)[mine].T):
            samples[f"station{k}"] = np.broadcast_to(station[:, None], shape)
        return {name: array.ravel() for name, array in samples.items()}

    def _stations(self, table: Table, legs: int) -> Floats:
        index = numbers(self.path, table, "STA_INDEX", width=legs)
        array = str(table.cards.get("ARRNAME", "")).strip()
        found = [self.position.get((array, int(i)), -1) if np.isfinite(i) else -1 for i in index.ravel()]
        return np.array(found, dtype=np.float64).reshape(index.shape)


def _factor(path: Path, table: Table, value: str) -> float:
    if not value.endswith("PHI"):
        return 1.0
    unit = table.unit(value)
    if unit.startswith("rad"):
        return 1.0
    if unit.startswith("deg") or not unit:
        return float(np.radians(1.0))
    raise FormatError(f"{path.name}: {table.name}.{value} is in {unit!r}, expected degrees")


def _kept(samples: Columns, places: tuple[str, ...]) -> tuple[Columns, dict[str, int]]:
    """Leave out rows by reason, in this order."""
    finite = np.all([np.isfinite(samples[name]) for name in ("value", "sigma", *places)], axis=0)
    with np.errstate(invalid="ignore"):
        reasons = {
            "flagged": samples["flag"] != 0,
            "not finite": ~finite,
            "error not positive": ~(samples["sigma"] > 0),
        }
    keep, lost = np.ones(finite.shape, dtype=np.bool_), {}
    for reason, bad in reasons.items():
        count = int(np.count_nonzero(keep & bad))
        if count:
            lost[reason] = count
        keep &= ~bad
    return {name: array[keep] for name, array in samples.items()}, lost


def _together(columns: Columns, name: str, legs: int) -> NDArray[np.int64]:
    return np.stack([columns[f"{name}{k}"] for k in range(legs)], axis=1).astype(np.int64)
