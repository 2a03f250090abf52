"""What a person sees: sentences, tables and progress on stderr; stdout is for results."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status
from rich.table import Table

from bayesim.cli._eta import in_words, seconds_left
from bayesim.errors import BayesimWarning

if TYPE_CHECKING:
    from bayesim.solvers import Step

__all__ = ["Stopwatch", "announce_steps", "gentle_warnings", "say", "say_error", "table", "threads"]

console = Console(stderr=True, highlight=False)


def say(sentence: object) -> None:
    """Print a sentence to stderr."""
    console.print(str(sentence), markup=False)


def say_error(error: object) -> None:
    """Print an error to stderr."""
    console.print("error: ", style="bold red", end="")
    console.print(str(error), markup=False)


def table(title: str, rows: Mapping[str, object]) -> None:
    """Print two columns, name and value."""
    grid = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows.items():
        grid.add_row(name, str(value))
    console.print(grid)


@contextmanager
def announce_steps() -> Iterator[Callable[[float], Callable[["Step"], None]]]:
    """Show gap, atoms and time left of the running solver on one line of a terminal; nothing in a pipe.

    Yields
    ------
    callable
        Makes, for the relative gap that a solver aims at, what that solver calls with each step.
    """
    with console.status("solving") as status:
        yield lambda relative_gap: _Announcer(status, relative_gap)


class _Announcer:
    def __init__(self, status: Status, relative_gap: float) -> None:
        self._status, self._aim, self._history = status, relative_gap, list["Step"]()

    def __call__(self, step: "Step") -> None:
        if self._history and step.seconds < self._history[-1].seconds:
            # the same solver begins again, at another lambda
            self._history.clear()
        self._history.append(step)
        relative = step.gap / step.objective if step.objective else 0.0
        left = seconds_left(self._history, relative_gap=self._aim)
        # at most 78 characters: a status that wraps leaves its first lines behind
        self._status.update(
            f"{step.atoms} atoms, gap {relative:.1e} (aim {self._aim:.0e}), {step.seconds:.1f} s"
            + ("" if left is None else f"; about {in_words(left)} left at this lambda")
        )


@contextmanager
def gentle_warnings() -> Iterator[None]:
    """Print the package's warnings as sentences instead of lines of code."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def sentence(message: Warning | str, category: type[Warning], *rest: object) -> None:
            if issubclass(category, BayesimWarning):
                console.print("warning: ", style="yellow", end="")
                console.print(str(message), markup=False)
            else:
                show(message, category, *rest)  # type: ignore[arg-type]

        warnings.showwarning = sentence  # type: ignore[assignment]
        warnings.simplefilter("always", BayesimWarning)
        yield


class Stopwatch:
    """Wall seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        began = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + perf_counter() - began, 3)


def threads() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
