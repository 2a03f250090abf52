"""Chains over candidate sources side by side, in blocks, which go on where they stand when more draws are wanted."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bayesim.samplers._run import run_digest
from bayesim.samplers._source_chain import Arrays, SourceChain
from bayesim.samplers.draw_store import DrawStore

__all__ = ["SourceRun"]

WRITE_EVERY = 10.0
"""Seconds between two writes of a checkpoint, at least."""

_BLOCK = 50
"""Draws between two looks at the checkpoint."""


class SourceRun:
    """Chains that can be asked for more draws.

    Parameters
    ----------
    chain : SourceChain
        Target and step of every chain.
    seed, chains, tune : int
        They decide the draws; ``tune`` draws of every chain are thrown away.
    cores : int or None
        Chains at a time; all processors for None.
    folder : path or None
        Checkpoint; a run that was cut off goes on from it.
    """

    def __init__(
        self,
        chain: SourceChain,
        *,
        seed: int,
        chains: int,
        tune: int,
        cores: int | None,
        folder: str | os.PathLike[str] | None,
    ) -> None:
        self.chain, self.tune = chain, tune
        self._rngs = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(chains)]
        self._workers = min(chains, cores or os.cpu_count() or 1)
        own = chain.candidates
        around = [*(own.around.numbers if own.around else ()), *(x for each in own.behind for x in each.numbers)]
        digest = run_digest(
            own.l, own.m, own.spread, own.flux, own.pull, own.gram, own.energy, own.count, own.area, *around,
            chain.rate.shape, chain.rate.scale, chain.thin, seed, chains, tune,
        )  # fmt: skip
        self._store = None if folder is None else DrawStore(folder, run=digest, every=WRITE_EVERY)
        self._parts: list[Arrays] = []
        self._every = 1
        self._states, self._done = self._resumed()

    def draws(self, count: int, *, every: int = 1) -> Arrays:
        """Return every n-th of the first ``count * every`` draws, shape (count, chains, ...), drawn where need be.

        ``every`` is that of the call before or a multiple of it: in memory the draws between are dropped.
        """
        self._thin(every)
        with ThreadPoolExecutor(self._workers) as pool:
            while self._done < self.tune + count * every:
                self._advance(pool, self.tune + count * every)
        parts = self._parts
        if self._store is not None:
            self._store.flush()
            parts = list(_stored(self._store, tuple(self.chain.shapes), every))
        return {name: np.concatenate([part[name] for part in parts])[:count] for name in self.chain.shapes}

    def _thin(self, every: int) -> None:
        step, self._every = every // self._every, every
        if step > 1 and self._parts:
            joined = {name: np.concatenate([part[name] for part in self._parts]) for name in self.chain.shapes}
            self._parts = [{name: values[step - 1 :: step].copy() for name, values in joined.items()}]

    def _advance(self, pool: ThreadPoolExecutor, end: int) -> None:
        # a block never straddles the end of the tuning, and its length does not depend on where a run was cut
        wanted = min(_BLOCK, (self.tune if self._done < self.tune else end) - self._done)
        jobs = [pool.submit(self.chain.advance, *pair, wanted) for pair in zip(self._rngs, self._states, strict=True)]
        found = [job.result() for job in jobs]
        first, self._done = self._done - self.tune, self._done + wanted
        block = {name: np.stack([each[name] for each in found], axis=1) for name in self.chain.shapes}
        if first < 0:
            block = {name: values[:0] for name, values in block.items()}
        if self._store is not None:
            self._store.append(block, state=self._stacked(self._states, self._done), generators=self._rngs)
        else:
            self._parts.append({name: values[_kept(first, self._every)] for name, values in block.items()})

    def _resumed(self) -> tuple[list[Arrays], int]:
        states = [self.chain.begin(rng, eager=self.tune // 2) for rng in self._rngs]
        if self._store is None:
            return states, 0
        none = {name: np.empty((0, len(states), *shape)) for name, shape in self.chain.shapes.items()}
        kept = self._store.resume(self._stacked(states, 0), none)
        if kept is None:
            return states, 0
        self._rngs = list(kept.generators)
        done = int(kept.state.pop("done"))
        return [{name: values[i].copy() for name, values in kept.state.items()} for i in range(len(states))], done

    def _stacked(self, states: list[Arrays], done: int) -> Arrays:
        stacked = {name: np.stack([state[name] for state in states]) for name in states[0]}
        return {**stacked, "done": np.asarray(done)}


def _kept(first: int, every: int) -> slice:
    """Return which draws of a block that begins at draw ``first`` are kept: the last of every ``every``."""
    return slice(-(first + 1) % every, None, every)


def _stored(store: DrawStore, names: tuple[str, ...], every: int) -> Iterator[Arrays]:
    """Yield every n-th draw on disk, block by block."""
    first = 0
    for values in zip(*(store.draws(name) for name in names), strict=True):
        yield {name: each[_kept(first, every)] for name, each in zip(names, values, strict=True)}
        first += len(values[0])
