"""NumPy archives: anybody's ``u, v, vis, weight``, and bayesim's own exact copy of a ``Visibilities``."""

import json
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._archive import DEFAULT_LIMIT, members, members_of
from bayesim.data._atomic import replacing
from bayesim.data._intake import from_arrays
from bayesim.data._visibilities import Account, Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["matches", "read", "write_npz"]

_STAMP = "bayesim visibilities 1"
_NOT_ARRAYS = ("phase_centre", "antenna_names", "account")
_ALIASES = {"freq": "frequency", "ant1": "antenna1", "ant2": "antenna2"}
_COLUMNS = ("u", "v", "w", "uvw", "sigma", "weight", "flag", "time", "phase_centre")


def matches(path: Path) -> bool:
    """Tell whether the file starts as a zip archive does."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def read(path: str | Path, *, vis: str | None = None, max_bytes: int = DEFAULT_LIMIT) -> Visibilities:
    """Read a NumPy archive.

    Parameters
    ----------
    path : path
        Archive with ``u, v, w`` or ``uvw`` (n x 3) in wavelengths for ``exp(-2 pi i ...)``, the visibilities, and
        ``weight`` (1/Jy^2) or ``sigma`` (Jy, real component); optional ``freq`` (Hz), ``time`` (MJD), ``ant1``,
        ``ant2``, ``flag``, ``phase_centre`` (radians). Or a file made by :func:`write_npz`.
    vis : str, optional
        Key of the complex visibilities; without it ``vis``, else ``data``.
    max_bytes : int
        Largest declared size of what is read, against decompression bombs.

    Returns
    -------
    Visibilities
        Where both ``weight`` and ``sigma`` are there: ``sigma`` counts when every weight is 1 (a placeholder), and
        a note says so; otherwise they must agree.

    Raises
    ------
    FormatError
        The file is damaged, too large, holds objects (never unpickled), or lacks a key.
    DataError
        The values cannot be used (see :func:`bayesim.data.from_arrays`).
    """
    path = Path(path)
    present = members_of(path)
    if "stamp" in present:
        return _own(path, max_bytes)
    key = vis if vis is not None else ("vis" if "vis" in present else "data")
    if key not in present:
        raise FormatError(f"{path.name} has no visibilities {key!r}; it holds {sorted(present)}")
    wanted = {name for name in present if name in _COLUMNS or name in _ALIASES or name in _ALIASES.values()}
    arrays = members(path, wanted | {key}, max_bytes=max_bytes)
    data = arrays.pop(key)
    columns: dict[str, Any] = {_ALIASES.get(name, name): values for name, values in arrays.items()}
    notes = _unused(present - wanted - {key})
    u, v, w = _coordinates(path, columns)
    columns, more = _uncertainty(path, columns)
    return from_arrays(u, v, data.ravel(), w=w, source=path.name, notes=(*notes, *more), **columns)


def _unused(names: set[str]) -> tuple[str, ...]:
    return (f"keys not used: {', '.join(sorted(names))}",) if names else ()


def _coordinates(path: Path, columns: dict[str, Any]) -> tuple[Any, Any, Any]:
    uvw = columns.pop("uvw", None)
    separate = [columns.pop(name, None) for name in ("u", "v", "w")]
    if uvw is not None:
        if uvw.ndim != 2 or uvw.shape[1] != 3:
            raise FormatError(f"{path.name}: uvw has shape {uvw.shape}, expected (n, 3)")
        return uvw[:, 0], uvw[:, 1], uvw[:, 2]
    if separate[0] is None or separate[1] is None:
        raise FormatError(f"{path.name} needs keys 'uvw' or 'u' and 'v' (wavelengths)")
    return separate[0], separate[1], separate[2]


def _uncertainty(path: Path, columns: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    if "weight" not in columns or "sigma" not in columns:
        return columns, ()
    rest = {name: values for name, values in columns.items() if name != "weight"}
    weight, sigma = columns["weight"], columns["sigma"]
    if np.all(weight == 1):
        return rest, ("weight is 1 everywhere, a placeholder: sigma was used",)
    try:
        agree = np.allclose(weight * np.square(sigma), 1.0, rtol=1e-4)
    except (TypeError, ValueError) as error:
        raise FormatError(f"{path.name}: weight and sigma do not go together: {error}") from error
    if not agree:
        raise DataError(f"{path.name}: weight is not 1/sigma^2: remove the wrong one of the two keys")
    return rest, ()


def write_npz(visibilities: Visibilities, path: str | Path) -> None:
    """Write visibilities so that :func:`read` returns exactly the same, account included.

    The file appears whole or not at all: it is written beside its place and moved there.

    Raises
    ------
    OSError
        The folder cannot be written to or the disk is full; an earlier file stays as it was.
    """
    account = visibilities.account
    told = {
        "source": account.source,
        "read": account.read,
        "dropped": dict(account.dropped),
        "notes": list(account.notes),
    }
    arrays: dict[str, Any] = {
        f.name: getattr(visibilities, f.name) for f in fields(visibilities) if f.name not in _NOT_ARRAYS
    }
    arrays["phase_centre"] = np.array(visibilities.phase_centre or (), dtype=np.float64)
    text = {"stamp": _STAMP, "account": json.dumps(told), "antenna_names": json.dumps(visibilities.antenna_names)}
    arrays |= {name: np.array(value) for name, value in text.items()}
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def _own(path: Path, max_bytes: int) -> Visibilities:
    names = {f.name for f in fields(Visibilities)}
    arrays = members(path, names | {"stamp"}, max_bytes=max_bytes)
    if str(arrays.pop("stamp")) != _STAMP:
        raise FormatError(f"{path.name} was written by another version of bayesim (expected {_STAMP!r})")
    centre = arrays.pop("phase_centre")
    if centre.shape not in ((0,), (2,)):
        raise FormatError(f"{path.name}: phase_centre has shape {centre.shape}")
    try:
        told = json.loads(str(arrays.pop("account")))
        antenna_names = tuple(str(name) for name in json.loads(str(arrays.pop("antenna_names"))))
        account = Account(
            source=str(told["source"]),
            read=int(told["read"]),
            dropped=MappingProxyType({str(reason): int(count) for reason, count in told["dropped"].items()}),
            notes=tuple(str(note) for note in told["notes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"{path.name}: the account of the visibilities is damaged: {error!r}") from error
    _check_types(path, arrays)
    pair = (float(centre[0]), float(centre[1])) if centre.size else None
    return Visibilities(**arrays, phase_centre=pair, antenna_names=antenna_names, account=account)


def _check_types(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    for name, array in arrays.items():
        expected = {"data": np.complex128, "antenna1": np.int32, "antenna2": np.int32}.get(name, np.float64)
        if array.dtype != expected or array.ndim != 1:
            raise FormatError(
                f"{path.name}: {name} is {array.ndim}-D {array.dtype}, expected 1-D {np.dtype(expected)}"
            )
