"""How loops are compiled: without the interpreter's lock, kept on disk, free to reorder sums or not."""

from collections.abc import Callable
from typing import cast

from numba import njit

__all__ = ["compiled", "compiled_in_order"]


def compiled[Loop: Callable[..., object]](loop: Loop) -> Loop:
    """Compile a function of arrays with numba; its type for checkers stays what was written."""
    return cast(Loop, njit(nogil=True, cache=True, fastmath=True)(loop))


def compiled_in_order[Loop: Callable[..., object]](loop: Loop) -> Loop:
    """Compile likewise, but keep sums in the order written: draws of a sampler must not depend on the compiler."""
    return cast(Loop, njit(nogil=True, cache=True)(loop))
