"""Candidates to and from an npz file, so that a run that was cut off goes on with the very same ones."""

import os
from pathlib import Path

import numpy as np

from bayesim.data._archive import members
from bayesim.data._atomic import replacing
from bayesim.errors import FormatError, ModelError
from bayesim.solvers.candidates import Candidates

__all__ = ["load_candidates", "save_candidates"]

_FORMAT = "bayesim candidates 1"
_NUMBERS = ("energy", "count", "sum_weight", "area")
_SHAPES = {"l": (1,), "m": (1,), "spread": (1, 2, 2), "flux": (1,), "gram": (6, 6), "pull": (6,)}
"""Shapes for one candidate; the axes that are not of the plane grow with their number."""


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
    arrays |= {"format": _FORMAT, "run": run}
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
    found = members(Path(path), {*_SHAPES, *_NUMBERS, "format", "run"})
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
    )
