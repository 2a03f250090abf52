"""The folder of a run: made safely, written file by file, each whole or absent."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table

from bayesim.data._atomic import replacing
from bayesim.errors import DataError
from bayesim.maps import Map, write_catalogue, write_fits

__all__ = ["as_json", "claim", "free_folder", "remove_former", "write_maps", "write_summary", "write_tables"]

_RESULTS = {".ecsv", ".fits", ".html", ".nc", ".png"}
"""Endings of what a run writes beside its summary."""

_LARGEST_SUMMARY = 2**20
"""Bytes of a summary that is read back."""


def claim(folder: Path, *, overwrite: bool) -> Path:
    """Return the output folder, not yet made, or refuse one that already holds something.

    Raises
    ------
    DataError
        The folder has files and ``overwrite`` was not given, or the path is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"--out {folder} is a file: name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise DataError(
            f"--out {folder} is not empty: name another folder, or add --overwrite to replace its results"
        )
    return folder


def free_folder(folder: Path) -> Path:
    """Return ``folder``, or the first of ``folder-2``, ``folder-3``, ... that does not exist or is empty."""
    number, candidate = 1, folder
    while candidate.exists() and (not candidate.is_dir() or any(candidate.iterdir())):
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate


def write_maps(folder: Path, maps: Mapping[str, Map], *, object_name: str, history: list[str]) -> list[str]:
    """Write every map as ``NAME.fits``, and return the names of the files."""
    for name, map_ in maps.items():
        write_fits(map_, folder / f"{name}.fits", object_name=object_name, history=history)
    return [f"{name}.fits" for name in maps]


def write_tables(folder: Path, tables: Mapping[str, Table]) -> list[str]:
    """Write every table as ``NAME.ecsv``, and return the names of the files."""
    for name, rows in tables.items():
        write_catalogue(rows, folder / f"{name}.ecsv")
    return [f"{name}.ecsv" for name in tables]


def remove_former(folder: Path, *, kept: Collection[str]) -> None:
    """Remove the files that the summary of an earlier run in this folder lists and this run did not write."""
    for name in _files_of(folder / "summary.json"):
        # the list is a file's content: nothing but results, and nowhere but in this folder
        if name not in kept and Path(name).name == name and Path(name).suffix in _RESULTS:
            (folder / name).unlink(missing_ok=True)


def _files_of(summary: Path) -> list[str]:
    if not summary.is_file() or summary.stat().st_size > _LARGEST_SUMMARY:
        return []
    try:
        former = json.loads(summary.read_text(encoding="utf-8"))
    except ValueError:
        # not a summary of ours: nothing is known of the folder, so nothing is removed
        return []
    files = former.get("files", []) if isinstance(former, dict) else []
    return [name for name in files if isinstance(name, str)] if isinstance(files, list) else []


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write ``summary.json``."""
    with replacing(folder / "summary.json") as partial:
        partial.write_text(as_json(summary) + "\n", encoding="utf-8")


def as_json(summary: Mapping[str, Any]) -> str:
    """Return strict JSON: numbers that are not finite become null."""
    return json.dumps(_plain(summary), indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    number = float(value)
    return number if np.isfinite(number) else None
