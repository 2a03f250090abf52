"""Threads for compiled code that releases the interpreter's lock: as many as asked for, none hidden."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

__all__ = ["on_threads", "slices"]


def on_threads[Part](job: Callable[[Part], None], parts: Iterable[Part], *, threads: int) -> None:
    """Run ``job`` on every part; an error of any of them is raised."""
    if threads == 1:
        for part in parts:
            job(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(job, parts):
            pass


def slices(n: int, count: int) -> list[slice]:
    """Return ``count`` slices that cover ``range(n)`` evenly."""
    edges = np.linspace(0, n, count + 1).astype(int)
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]
