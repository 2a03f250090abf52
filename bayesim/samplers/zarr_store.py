"""Draws of a running chain in a zarr store that others may read meanwhile, and that outlives a kill."""

import os
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import DataError, FormatError, MissingExtraError
from bayesim.samplers.draw_store import Arrays, DrawStore, Kept
from bayesim.sky import Grid

__all__ = ["ZarrStore"]

_HELD = 1 << 26
"""Bytes of draws in memory that are written before their time."""

_DRAWS, _PIXELS = 64, 8192
"""Of one chunk: 4 MiB, so that neither one draw nor one strip of all draws needs the whole store."""

_STATE = ".state"
"""Added to the name of the store: the folder beside it from which a run goes on."""


class ZarrStore:
    """A zarr folder with ``posterior`` on (chain, draw, m, l), which grows while chains run.

    Chunks are written first, then the chains' state, then the consolidated metadata at the root in one step. A
    reader sees the draws up to the last such step, at any time and after a kill; what lies beyond is written again,
    to the same bits.

    Parameters
    ----------
    path : path
        Folder of the store; its parent must exist. The state goes to a folder beside it, ``PATH.state``, that may be
        removed when the run is over.
    run : str
        Digest of everything that decides the draws, see :class:`DrawStore`.
    grid : Grid
        Pixels of the image.
    names : mapping of str to str
        Variable of the posterior for each name of the draws that is to be kept.
    step : int
        Steps of the chain from one stored draw to the next: the coordinate ``draw`` counts the former.
    attributes : mapping
        Of the root: what the draws are. Plain numbers and words.
    every : float
        Seconds from one write to the next, at least; 0 writes every :meth:`append`.

    Raises
    ------
    DataError
        The parent of the folder does not exist, or the folder holds something else.
    MissingExtraError
        zarr is not installed.

    Notes
    -----
    Safe against the end of a process. The state is flushed to the disk and the chunks are not, so that a machine
    that loses power may lose chunks.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        run: str,
        grid: Grid,
        names: Mapping[str, str],
        step: int,
        attributes: Mapping[str, Any],
        every: float = 10.0,
    ) -> None:
        self.path, self.run, self.grid, self.names = Path(path), run, grid, dict(names)
        self.step, self.attributes, self.every = step, dict(attributes), every
        self._zarr = _zarr()
        if not self.path.parent.is_dir():
            raise DataError(f"store {self.path}: the parent folder does not exist, make it or name another")
        beside = self.path.with_name(self.path.name + _STATE)
        foreign = self.path.exists() and not beside.is_dir()
        if foreign and (not self.path.is_dir() or any(self.path.iterdir())):
            raise DataError(f"store {self.path} exists and is not of a run like this: name another folder")
        self._state = DrawStore(beside, run=run, every=0.0)
        self._arrays: dict[str, Any] = {}
        self._waiting: dict[str, list[NDArray[Any]]] = {name: [] for name in self.names}
        self._last: tuple[Arrays, Sequence[np.random.Generator]] | None = None
        self._count = self._held = 0
        self._written = time.monotonic()

    def resume(self, state: Arrays, draws: Arrays) -> Kept | None:
        """Return where the run stood, or None where nothing was written; see :meth:`DrawStore.resume`.

        Raises
        ------
        FormatError
            The state is damaged, or the arrays are not those of this run.
        ModelError
            The folder belongs to another run.
        """
        kept = self._state.resume({**state, "stored": np.asarray(0)}, {})
        if kept is None:
            self._arrays = self._made(draws)
            self._publish()
            return None
        self._count = int(kept.state.pop("stored"))
        self._arrays = self._found(draws)
        self._fit(self._count)
        self._publish()
        return Kept(kept.state, kept.generators, self._count)

    def append(self, draws: Arrays, *, state: Arrays, generators: Sequence[np.random.Generator]) -> None:
        """Take draws, shape (n, chains, ...), and where the run stands after them, which :meth:`flush` may write.

        State and generators are not copied: between this call and a flush of one's own they must not change.
        """
        for name in self.names:
            if len(draws[name]):
                self._waiting[name].append(np.array(draws[name]))
                self._held += draws[name].nbytes
        self._last = state, generators
        if time.monotonic() - self._written >= self.every or self._held > _HELD:
            self.flush()

    def flush(self) -> None:
        """Write what waits; call it at the end of a run.

        Raises
        ------
        OSError
            The disk is full or the folder cannot be written to; the store stays readable as it was.
        """
        if self._last is None:
            return
        start = self._count
        stop = start + sum(len(part) for part in self._waiting["image"])
        self._fit(stop)
        for name, parts in self._waiting.items():
            if parts:
                self._arrays[self.names[name]][:, start:stop] = np.moveaxis(np.concatenate(parts), 0, 1)
        state, generators = self._last
        self._state.append({}, state={**state, "stored": np.asarray(stop)}, generators=generators)
        self._publish()
        self._waiting, self._last = {name: [] for name in self.names}, None
        self._count, self._held, self._written = stop, 0, time.monotonic()

    def add_group(self, name: str, dataset: Any) -> None:
        """Add a group that is made at the end, such as summaries."""
        dataset.to_zarr(self.path, group=name, mode="w", zarr_format=3, consolidated=False)
        self._publish()

    def _fit(self, stop: int) -> None:
        """Give the arrays their length; readers still see the one that was published."""
        for name, array in self._arrays.items():
            array.resize((stop,) if name == "draw" else (array.shape[0], stop, *array.shape[2:]))
        known = min(self._count, stop)
        self._arrays["draw"][known:] = np.arange(known, stop) * self.step

    def _made(self, draws: Arrays) -> dict[str, Any]:
        root = self._zarr.open_group(self.path, mode="a", zarr_format=3, attributes=self.attributes)
        posterior = root.require_group("posterior")
        chains = {"chain": np.arange(draws["image"].shape[1])}
        for name, values in {**chains, **self.grid.coords}.items():
            where = posterior.create_array(
                name, shape=values.shape, dtype=values.dtype, dimension_names=(name,), overwrite=True
            )
            where[:] = values
        settings: dict[str, Any] = {"compressors": None, "overwrite": True, "fill_value": 0}
        made = {
            new: posterior.create_array(
                new, shape=shape, chunks=chunks, dtype="float64", dimension_names=dims, **settings
            )
            for new, shape, chunks, dims in (_form(self.names[name], draws[name].shape) for name in self.names)
        }
        order = posterior.create_array(
            "draw", shape=(0,), chunks=(4096,), dtype="int64", dimension_names=("draw",), **settings
        )
        return {**made, "draw": order}

    def _found(self, draws: Arrays) -> dict[str, Any]:
        try:
            posterior = self._zarr.open_group(self.path, mode="r+", use_consolidated=False)["posterior"]
            arrays = {name: posterior[name] for name in (*self.names.values(), "draw")}
        except (FileNotFoundError, KeyError, ValueError) as error:
            raise FormatError(f"store {self.path} lacks a part ({error}): remove the folder to start anew") from error
        for name in self.names:
            new, shape, chunks, _ = _form(self.names[name], draws[name].shape)
            found = arrays[new]
            if (found.shape[0], *found.shape[2:]) != (shape[0], *shape[2:]) or found.chunks != chunks:
                raise FormatError(f"store {self.path}: {new} has shape {found.shape}, not that of this run")
        return arrays

    def _publish(self) -> None:
        """Replace the metadata at the root, which every reader goes by."""
        with warnings.catch_warnings():
            # consolidated metadata is a convention of zarr-python and xarray, not yet of the specification
            warnings.filterwarnings("ignore", message="Consolidated metadata", category=UserWarning)
            self._zarr.consolidate_metadata(str(self.path), zarr_format=3)


def _form(name: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...], tuple[int, ...], tuple[str, ...]]:
    """Return name, empty shape, chunks and dims of a variable whose draws have ``shape`` (n, chains, ...)."""
    if len(shape) == 2:
        return name, (shape[1], 0), (shape[1], 4096), ("chain", "draw")
    rows, columns = shape[2:]
    strip = int(np.clip(_PIXELS // columns, 1, rows))
    return name, (shape[1], 0, rows, columns), (1, _DRAWS, strip, columns), ("chain", "draw", "m", "l")


def _zarr() -> ModuleType:
    try:
        # an extra: only skies larger than memory need it
        import zarr
    except ImportError as error:
        raise MissingExtraError("draws on disk need zarr: pip install 'bayesim[zarr]'") from error
    return zarr
