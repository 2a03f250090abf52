"""What a person sees: sentences, tables and progress on stderr; stdout is for results."""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status
from rich.table import Table

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
def announce_steps() -> Iterator["_Announcer"]:
    """Show gap and atoms of the running solver on one line of a terminal; nothing in a pipe."""
    with console.status("solving") as status:
        yield _Announcer(status)


class _Announcer:
    def __init__(self, status: Status) -> None:
        self._status = status

    def __call__(self, step: "Step") -> None:
        relative = step.gap / step.objective if step.objective else 0.0
        self._status.update(
            f"cycle: {step.atoms} atoms, relative gap {relative:.1e}, "
            f"largest certificate {step.max_certificate:.4f}, {step.seconds:.1f} s"
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
