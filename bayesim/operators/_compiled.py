"""One way to compile a loop: without the interpreter's lock, kept on disk, free to reorder sums."""

from collections.abc import Callable
from typing import cast

from numba import njit

__all__ = ["compiled"]


def compiled[Loop: Callable[..., object]](loop: Loop) -> Loop:
    """Compile a function of arrays with numba; its type for checkers stays what was written."""
    return cast(Loop, njit(nogil=True, cache=True, fastmath=True)(loop))
