"""Chains of images side by side: starts, threads, thinning, and blocks to disk; the samplers bring one step each."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.priors import GammaRate
from bayesim.samplers._plan import Plan
from bayesim.samplers._run import run_digest
from bayesim.samplers.draw_store import Arrays, Kept
from bayesim.samplers.log_concave import LogConcave
from bayesim.sky import Grid

__all__ = ["Density", "Draws", "Keeper", "Kernel", "Mode", "Tally", "digest", "walk"]

Floats = NDArray[np.float64]
State = dict[str, NDArray[Any]]


class Mode(Protocol):
    """A solution of a solver: where chains begin."""

    @property
    def image(self) -> Floats:
        """The sky in Jy/pixel, shape (rows, columns)."""

    @property
    def grid(self) -> Grid:
        """Its pixels."""


class Density(Protocol):
    """Where a kernel walks."""

    def image(self, u: Floats) -> Floats:
        """Return the sky (Jy/pixel) of a state."""


class Kernel[D: Density](Protocol):
    """One step of one chain."""

    @property
    def name(self) -> str:
        """The sampler's name in the field."""

    @property
    def notes(self) -> str:
        """What ``note`` is, a name of ``sample_stats``."""

    def at(self, problem: LogConcave, rate: float) -> D:
        """Return the density to walk in at a rate (1/Jy)."""

    def label(self, at: D) -> str:
        """Return what is approximated, as a sentence."""

    def fresh(self, first: D, u: Floats) -> State:
        """Return what the kernel itself remembers at a first state, as arrays; ``note`` is one of them."""

    def step(self, state: State, at: D, rng: np.random.Generator, *, tuning: bool) -> None:
        """Replace ``state["u"]`` and what the kernel remembers."""


class Draws(NamedTuple):
    """One draw of every chain."""

    image: Floats
    """Jy/pixel, shape (chains, rows, columns)."""
    rate: Floats
    """1/Jy, shape (chains,)."""
    note: Floats
    """What the kernel says of its last step (an acceptance), shape (chains,)."""


class Tally(Protocol):
    """What becomes of the draws."""

    @property
    def arrays(self) -> State:
        """What it remembers of them, for the checkpoint; it may be changed in place."""

    def nothing(self, images: Floats) -> State:
        """Return what goes to disk where nothing is kept: arrays whose first axis has length 0."""

    def tune(self, draws: Draws) -> None:
        """Look at a draw of the tuning."""

    def take(self, draws: Draws) -> State:
        """Take a draw; return what goes to disk, with a first axis of length 0 or 1."""


class Keeper(Protocol):
    """Where draws and state go while chains run."""

    def resume(self, state: Arrays, draws: Arrays) -> Kept | None:
        """Return where the run stood."""

    def append(self, draws: Arrays, *, state: Arrays, generators: Sequence[np.random.Generator]) -> None:
        """Take draws and where the run stands after them."""

    def flush(self) -> None:
        """Write what waits."""


def digest(problem: LogConcave, kernel: Kernel[Any], plan: Plan, start: Mode) -> str:
    """Return the digest of all that decides the draws but their number and the threads."""
    normal = problem.equations.normal
    response = np.zeros(0) if normal.response is None else normal.response
    prior = repr(problem.make(1.0))
    fixed = (prior, repr(problem.rate), repr(kernel), plan.tune, plan.thin, plan.chains, plan.seed)
    return run_digest(*fixed, normal.dirty, normal.transfer, response, start.image)


def _begin(
    problem: LogConcave, kernel: Kernel[Any], plan: Plan, start: Mode
) -> tuple[list[State], list[np.random.Generator]]:
    """Return the first state and the generator of every chain: the mode, and normal jitter of ``1/sqrt(L)``.

    Raises
    ------
    GridError
        The start lies on another grid.
    """
    if start.grid != problem.equations.grid:
        raise GridError(f"the start lies on {start.grid}, the statistics on {problem.equations.grid}")
    generators = [np.random.default_rng(seed) for seed in np.random.SeedSequence(plan.seed).spawn(plan.chains)]
    jitter = problem.stiffness**-0.5
    rate = problem.rate.shape * problem.rate.scale if isinstance(problem.rate, GammaRate) else problem.rate
    states = []
    for rng in generators:
        u = start.image + jitter * rng.standard_normal(start.image.shape)
        if isinstance(problem.rate, GammaRate):
            rate = problem.draw_rate(kernel.at(problem, rate).image(u), rng)
        own = kernel.fresh(kernel.at(problem, rate), u)
        states.append({"u": u, "rate": np.asarray(rate), "step": np.asarray(0), **own})
    return states, generators


def walk(
    problem: LogConcave, kernel: Kernel[Any], plan: Plan, *, start: Mode, tally: Tally, keep: Keeper | None
) -> None:
    """Run all chains from where the checkpoint left them, or from the start, to the last draw."""
    states, generators = _begin(problem, kernel, plan, start)
    if keep is not None:
        kept = keep.resume(_joined(states, tally), tally.nothing(np.stack([state["u"] for state in states])))
        if kept is not None:
            states, generators = _parted(kept.state, plan.chains), list(kept.generators)
            tally.arrays.update({name[6:]: kept.state[name] for name in kept.state if name.startswith("tally.")})
    with ThreadPoolExecutor(min(plan.cores, plan.chains)) as pool:
        each = pool.map if plan.cores > 1 else map
        while (done := int(states[0]["step"])) < plan.tune + plan.draws * plan.thin:
            tuning = done < plan.tune
            ahead = partial(_advance, problem, kernel, steps=1 if tuning else plan.thin, tuning=tuning)
            images = np.stack(list(each(ahead, states, generators)))
            drawn = Draws(images, *(np.stack([state[name] for state in states]) for name in ("rate", "note")))
            if tuning:
                tally.tune(drawn)
            new = tally.nothing(images) if tuning else tally.take(drawn)
            if keep is not None:
                keep.append(new, state=_joined(states, tally), generators=generators)
    if keep is not None:
        keep.flush()


def _advance(
    problem: LogConcave, kernel: Kernel[Any], state: State, rng: np.random.Generator, *, steps: int, tuning: bool
) -> Floats:
    """Move one chain and return its image."""
    for _ in range(steps):
        at = kernel.at(problem, float(state["rate"]))
        kernel.step(state, at, rng, tuning=tuning)
        state["step"] = state["step"] + 1
        if isinstance(problem.rate, GammaRate):
            state["rate"] = np.asarray(problem.draw_rate(at.image(state["u"]), rng))
    return np.asarray(at.image(state["u"]))


def _joined(states: Sequence[State], tally: Tally) -> State:
    chains = {f"chain.{name}": np.stack([state[name] for state in states]) for name in states[0]}
    return {**chains, **{f"tally.{name}": values for name, values in tally.arrays.items()}}


def _parted(joined: State, chains: int) -> list[State]:
    names = [name[6:] for name in joined if name.startswith("chain.")]
    return [{name: joined[f"chain.{name}"][chain].copy() for name in names} for chain in range(chains)]
