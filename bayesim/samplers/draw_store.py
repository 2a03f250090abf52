"""Draws of a running chain on disk, so that a killed run goes on as if nothing had happened, bit for bit."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.data._archive import members, members_of
from bayesim.data._atomic import replacing
from bayesim.errors import DataError, FormatError, ModelError
from bayesim.samplers._run import generator_of, words_of

__all__ = ["DrawStore", "Kept"]

Arrays = Mapping[str, NDArray[Any]]

_FORMAT = 1
_OWN = {"format", "run", "first", "generators"}
_NUMBERS = "biufc"
"""Kinds of NumPy types."""

_HELD = 1 << 28
"""Bytes of draws in memory that are written before their time."""


@dataclass(frozen=True, eq=False)
class Kept:
    """Where a run stood when it last wrote."""

    state: dict[str, NDArray[Any]]
    """Arrays of the last :meth:`DrawStore.append` that was written, private copies."""
    generators: tuple[np.random.Generator, ...]
    """In the state they had then."""
    count: int
    """Draws on disk."""


class DrawStore:
    """A folder of blocks: each file holds draws in a row, and state and generators after the last of them.

    A block is written in one step, and changed only as long as it holds no draws, so that the folder is whole at any
    time: what is on disk is a run that was stopped between two draws. Numbers only; files are read with suspicion.

    Parameters
    ----------
    folder : path
        Made if absent (its parent must exist).
    run : str
        Digest of everything that decides the draws: data, model, tuning, seed (see :func:`run_digest`). How many
        draws are asked for should not be in it: a finished run then goes on when more are wanted.
    every : float
        Seconds from one block to the next, at least; 0 writes every :meth:`append`.

    Raises
    ------
    DataError
        The parent of the folder does not exist, or a file stands in its place.

    Notes
    -----
    The clock decides where blocks end, never what the draws are.
    """

    def __init__(self, folder: str | os.PathLike[str], *, run: str, every: float = 10.0) -> None:
        self.folder, self.run, self.every = Path(folder), run, every
        self._blocks = self._count = self._held = 0
        self._replace = False
        self._waiting: dict[str, list[NDArray[Any]]] = {}
        self._last: dict[str, NDArray[Any]] = {}
        self._written = time.monotonic()
        if not self.folder.parent.is_dir():
            raise DataError(f"checkpoint {self.folder}: the parent folder does not exist, make it or name another")
        if self.folder.exists() and not self.folder.is_dir():
            raise DataError(f"checkpoint {self.folder} is a file: name a folder")
        self.folder.mkdir(exist_ok=True)

    def resume(self, state: Arrays, draws: Arrays) -> Kept | None:
        """Return where the run stood, or None where nothing was written.

        Parameters
        ----------
        state : mapping of str to ndarray
            As at the start of the run.
        draws : mapping of str to ndarray
            Of any number of draws, none included. Names, types and shapes of both are those of the files.

        Raises
        ------
        FormatError
            A block is damaged, missing in the row, or does not have these arrays.
        ModelError
            The folder belongs to another run.
        """
        for rest in self.folder.glob(".block_*.partial"):  # of a writer that was killed
            rest.unlink(missing_ok=True)
        self._blocks = self._count = 0
        self._waiting, self._last, self._held = {}, {}, 0
        names = {f"state.{name}" for name in state} | _OWN
        last: dict[str, NDArray[Any]] | None = None
        for path in self._paths():
            if members_of(path) != names | {f"draws.{name}" for name in draws}:
                raise FormatError(f"{path.name} holds other arrays than this sampler writes: name another folder")
            last = members(path, names)
            self._check(path, last, state)
            length = _length(path, draws)
            self._replace = length == 0
            self._count += length
            self._blocks += 1
        if last is None:
            return None
        arrays = {name: last[f"state.{name}"].copy() for name in state}
        return Kept(arrays, tuple(generator_of(words, path.name) for words in last["generators"]), self._count)

    def append(self, draws: Arrays, *, state: Arrays, generators: Sequence[np.random.Generator]) -> None:
        """Take draws (first axis; none while tuning) and where the run stands after them; :meth:`flush` in time."""
        for name, values in draws.items():
            self._waiting.setdefault(name, []).append(np.array(values))
            self._held += values.nbytes
        # copies: the sampler may change its arrays in place before they are written
        self._last = {f"state.{name}": np.array(values) for name, values in state.items()}
        self._last["generators"] = np.stack([words_of(generator) for generator in generators])
        if time.monotonic() - self._written >= self.every or self._held > _HELD:
            self.flush()

    def flush(self) -> None:
        """Write what waits; call it at the end of a run.

        Raises
        ------
        DataError
            Another process writes to the folder, or :meth:`resume` was not called where there are blocks.
        ModelError
            An array does not hold numbers.
        OSError
            The disk is full or the folder cannot be written to; the blocks so far stay as they were.
        """
        if not self._last:
            return
        draws = {name: np.concatenate(parts) for name, parts in self._waiting.items()}
        arrays: dict[str, NDArray[Any]] = {
            "format": np.asarray(_FORMAT, dtype=np.int64),
            "run": np.frombuffer(self.run.encode(), dtype=np.uint8),
            "first": np.asarray(self._count, dtype=np.int64),
            **self._last,
            **{f"draws.{name}": values for name, values in draws.items()},
        }
        others = [name for name, values in arrays.items() if values.dtype.kind not in _NUMBERS]
        if others:
            raise ModelError(f"{', '.join(others)}: a checkpoint holds numbers only")
        block = self._blocks - self._replace
        if not self._replace and self._path(block).exists():
            raise DataError(
                f"{self._path(block)} was written by another process or an earlier run: call resume first"
            )
        with replacing(self._path(block)) as partial, partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        length = len(next(iter(draws.values()))) if draws else 0
        self._blocks, self._count, self._replace = block + 1, self._count + length, length == 0
        self._waiting, self._last, self._held, self._written = {}, {}, 0, time.monotonic()

    def draws(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the draws of one variable block by block, so that they need not fit in memory together.

        Raises
        ------
        FormatError
            A block is damaged.
        """
        for path in self._paths():
            yield members(path, {f"draws.{name}"})[f"draws.{name}"]

    def remove(self) -> None:
        """Delete the blocks, and the folder if nothing else is in it."""
        for path in self._paths():
            path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _path(self, block: int) -> Path:
        return self.folder / f"block_{block:08d}.npz"

    def _paths(self) -> list[Path]:
        paths = sorted(self.folder.glob("block_*.npz"))
        if [path.name for path in paths] != [self._path(block).name for block in range(len(paths))]:
            raise FormatError(f"{self.folder}: a block is missing in the row, remove the folder to start anew")
        return paths

    def _check(self, path: Path, found: Arrays, state: Arrays) -> None:
        name, texts = path.name, found["run"]
        if found["format"].shape != () or found["format"] != _FORMAT:
            raise FormatError(f"{name} has another format than {_FORMAT}, which this version reads: start anew")
        if texts.tobytes() != self.run.encode():
            raise ModelError(f"{self.folder} holds another run (data, model, tuning or seed): name another folder")
        wrong = [key for key, like in state.items() if _form(found[f"state.{key}"]) != _form(np.asarray(like))]
        if wrong or found["first"].shape != () or found["first"] != self._count:
            raise FormatError(f"{name} does not fit this run or the block before it ({', '.join(wrong) or 'first'})")


def _form(values: NDArray[Any]) -> tuple[str, tuple[int, ...]]:
    return values.dtype.str, values.shape


def _length(path: Path, draws: Arrays) -> int:
    """Return the number of draws in a block whose arrays are as expected."""
    lengths = set()
    for name, like in draws.items():
        values = members(path, {f"draws.{name}"})[f"draws.{name}"]
        if values.dtype != like.dtype or values.shape[1:] != like.shape[1:] or values.ndim != like.ndim:
            raise FormatError(f"{path.name}: {name} has {_form(values)}, this run writes {_form(like)}")
        lengths.add(len(values))
    if len(lengths) > 1:
        raise FormatError(f"{path.name} holds different numbers of draws of different variables: it is damaged")
    return lengths.pop() if lengths else 0
