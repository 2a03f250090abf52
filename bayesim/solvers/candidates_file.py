"""Candidates to and from an npz file, so that a run that was cut off goes on with the very same ones."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._archive import members, members_of
from bayesim.data._atomic import replacing
from bayesim.errors import FormatError, ModelError
from bayesim.operators.table import Table
from bayesim.solvers.background import Background
from bayesim.solvers.candidates import Candidates
from bayesim.solvers.elsewhere import Elsewhere

__all__ = ["load_candidates", "save_candidates"]

_FORMAT = "bayesim candidates 3"
_NUMBERS = ("energy", "count", "sum_weight", "area")
_SHAPES = {"l": (1,), "m": (1,), "spread": (1, 2, 2), "flux": (1,), "gram": (6, 6), "pull": (6,)}
"""Shapes for one candidate; the axes that are not of the plane grow with their number."""

_AROUND = {"limits": 2, "odds": 2, "beams": 2}
_BEHIND = {"width": 0, "l": 1, "m": 1, "shape": 2, "modes": 2, "curvature": 1, "overlap": 2, "pull": 1, "sizes": 1}
_TABLE = {"coefficients": 3, "start": 1, "step": 1, "middle": 0, "half": 0, "series": 2, "n_even": 0}
"""Numbers of axes."""


def save_candidates(candidates: Candidates, path: str | os.PathLike[str], *, run: str) -> None:
    """Write an npz file without pickles, in one step.

    Parameters
    ----------
    candidates : Candidates
        What to keep; :func:`load_candidates` returns the same numbers bit for bit.
    path : path
        File name; its folder must exist.
    run : str
        What they were made from, in any words: asked for on loading.
    """
    arrays = {name: getattr(candidates, name) for name in (*_SHAPES, *_NUMBERS)}
    arrays |= {"format": _FORMAT, "run": run} | _flat(candidates.around)
    arrays |= {
        f"behind{i}.{name}": np.asarray(getattr(each, name))
        for i, each in enumerate(candidates.behind)
        for name in _BEHIND
    }
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})


def load_candidates(path: str | os.PathLike[str], *, run: str) -> Candidates:
    """Read what :func:`save_candidates` wrote.

    Raises
    ------
    FormatError
        The file is damaged, or not a file of candidates.
    ModelError
        It was made from something else.
    """
    name = Path(path).name
    parts = {each for each in members_of(Path(path)) if "." in each}
    found = members(Path(path), {*_SHAPES, *_NUMBERS, *parts, "format", "run"})
    if found["format"].dtype.kind != "U" or str(found["format"]) != _FORMAT:
        raise FormatError(f"{name} is not a file of candidates ({_FORMAT})")
    if str(found["run"]) != run:
        raise ModelError(f"{name} belongs to other data or options: name another folder, or remove this one")
    k = found["l"].size
    for key, shape in _SHAPES.items():
        wanted = tuple(size * k if size in (1, 6) else size for size in shape)
        if found[key].dtype != np.float64 or found[key].shape != wanted or not np.isfinite(found[key]).all():
            raise FormatError(
                f"{name}: {key} has shape {found[key].shape}, not {wanted}, or numbers that are not finite"
            )
    for key in _NUMBERS:
        if found[key].shape != () or found[key].dtype.kind not in "if" or not found[key] > 0:
            raise FormatError(f"{name}: {key} is not a positive number")
    around = {each for each in parts if not each.startswith("behind")}
    return Candidates(
        l=found["l"],
        m=found["m"],
        spread=found["spread"],
        flux=found["flux"],
        gram=found["gram"],
        pull=found["pull"],
        energy=float(found["energy"]),
        count=int(found["count"]),
        sum_weight=float(found["sum_weight"]),
        area=float(found["area"]),
        around=_read(name, {each: found[each] for each in around}) if around else None,
        behind=_behind(name, {each: found[each] for each in parts - around}, nodes=6 * k),
    )


def _flat(around: Elsewhere | None) -> dict[str, NDArray[Any]]:
    if around is None:
        return {}
    fields = {f"around.{name}": np.asarray(getattr(around, name)) for name in _AROUND}
    tables = {"residual": around.residual, "kernel": around.kernel}
    return fields | {
        f"{which}.{name}": np.asarray(getattr(table, name)) for which, table in tables.items() for name in _TABLE
    }


def _read(file: str, found: dict[str, NDArray[Any]]) -> Elsewhere:
    axes = {f"around.{name}": n for name, n in _AROUND.items()}
    axes |= {f"{which}.{name}": n for which in ("residual", "kernel") for name, n in _TABLE.items()}
    if set(axes) != set(found):
        raise FormatError(f"{file} lacks or has too much of the field around: {sorted(set(axes) ^ set(found))}")
    _check_axes(file, found, axes)
    limits, odds, beams = (found[f"around.{name}"] for name in _AROUND)
    try:
        return Elsewhere(_table("residual", found), _table("kernel", found), limits, odds, beams)
    except (ModelError, ValueError) as error:
        raise FormatError(f"{file}: the field around the candidates is damaged: {error}") from error


def _behind(file: str, found: dict[str, NDArray[Any]], *, nodes: int) -> tuple[Background, ...]:
    count = len(found) // len(_BEHIND)
    axes = {f"behind{i}.{name}": n for i in range(count) for name, n in _BEHIND.items()}
    if set(axes) != set(found):
        raise FormatError(f"{file} lacks or has too much of the background: {sorted(set(axes) ^ set(found))}")
    _check_axes(file, found, axes)
    made = []
    for i in range(count):
        width, *arrays = (found[f"behind{i}.{name}"] for name in _BEHIND)
        try:
            made.append(Background(float(width), *arrays))
        except ModelError as error:
            raise FormatError(f"{file}: the background is damaged: {error}") from error
    if any(len(each.overlap) != nodes for each in made):
        raise FormatError(f"{file}: the background is of other candidates, not of {nodes} nodes")
    return tuple(made)


def _check_axes(file: str, found: dict[str, NDArray[Any]], axes: dict[str, int]) -> None:
    for key, n in axes.items():
        if found[key].ndim != n or found[key].dtype.kind not in "fi" or not np.isfinite(found[key]).all():
            raise FormatError(f"{file}: {key} has not {n} axes of finite numbers")


def _table(which: str, found: dict[str, NDArray[Any]]) -> Table:
    coefficients, start, step, middle, half, series, n_even = (found[f"{which}.{name}"] for name in _TABLE)
    return Table(coefficients, start, step, float(middle), float(half), series, int(n_even))
