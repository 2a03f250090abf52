"""FFTs of eight sequences at once, one per lane, for lengths 2^a 3^b 5^c.

A block of ``n`` complex numbers by eight lanes is a flat array of ``16 n`` doubles: eight real parts, then eight
imaginary parts, and so on. The inverse transform (not normalised) of a block whose real and imaginary parts are
exchanged is the transform, with the parts of the result exchanged too: there is no code for it.

Source: Stockham's self-sorting FFT (Van Loan, *Computational Frameworks for the FFT*, 1992, section 1.7),
decimation in frequency.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._lanes import WIDTH, kernel, load, stay_apart, store

__all__ = ["ITEM", "block_fft", "cleared", "copied", "roots_of_unity", "twisted"]

# ruff: noqa: PLR0917 - compiled code takes its arguments in order
Floats = NDArray[np.float64]

ITEM: Final = 2 * WIDTH
"""Doubles of one complex number in eight lanes."""

_SIN_3: Final = float(np.sin(np.pi / 3))
_COS_5A, _COS_5B = float(np.cos(2 * np.pi / 5)), float(np.cos(4 * np.pi / 5))
_SIN_5A, _SIN_5B = float(np.sin(2 * np.pi / 5)), float(np.sin(4 * np.pi / 5))


def roots_of_unity(n: int) -> Floats:
    """Return ``exp(-2 pi i j / 2n)`` for j = 0 ... 2n - 1 as real and imaginary parts in turn, shape (4 n,)."""
    angle = np.pi * np.arange(2 * n) / n
    return np.column_stack([np.cos(angle), -np.sin(angle)]).ravel()


@kernel
def block_fft(a: Floats, b: Floats, n: int, tables: Floats, at: int) -> bool:
    """Transform block ``a`` with ``b`` as work space; return whether the result is in ``a`` (else in ``b``).

    The tables hold the roots of unity of ``n`` from place ``at`` on.
    """
    stay_apart()
    stride, here = 1, True
    while stride < n:
        left = n // stride
        source, target = (a, b) if here else (b, a)
        if left % 4 == 0:
            radix = 4
            _step_4(source, target, left // 4, stride, tables, at)
        elif left % 2 == 0:
            radix = 2
            _step_2(source, target, left // 2, stride, tables, at)
        elif left % 3 == 0:
            radix = 3
            _step_3(source, target, left // 3, stride, tables, at)
        else:
            radix = 5
            _step_5(source, target, left // 5, stride, tables, at)
        stride *= radix
        here = not here
    return here


@kernel
def twisted(source: Floats, target: Floats, n: int, tables: Floats, at: int) -> None:
    """Set ``target_j = source_j exp(-2 pi i j / 2n)``."""
    for j in range(n):
        _turn(target, j * ITEM, load(source, j * ITEM), load(source, j * ITEM + WIDTH), tables, at + 2 * j)


@kernel
def cleared(target: Floats, n: int) -> None:
    """Set ``target = 0``."""
    for j in range(n * ITEM):
        target[j] = 0.0


@kernel
def copied(source: Floats, target: Floats, n: int) -> None:
    """Set ``target = source``."""
    for j in range(0, n * ITEM, WIDTH):
        store(target, j, load(source, j))


@kernel
def _turn(target: Floats, to: int, x: Any, y: Any, tables: Floats, root: int) -> None:
    """Store ``(x + iy)`` times the root of unity at this place of the tables."""
    c, s = tables[root], tables[root + 1]
    store(target, to, x * c - y * s)
    store(target, to + WIDTH, x * s + y * c)


@kernel
def _step_2(source: Floats, target: Floats, m: int, stride: int, tables: Floats, at: int) -> None:
    stay_apart()
    gap, hop = m * stride * ITEM, stride * ITEM
    for p in range(m):
        for q in range(stride):
            i, o = (q + stride * p) * ITEM, (q + 2 * stride * p) * ITEM
            ax, ay = load(source, i), load(source, i + WIDTH)
            bx, by = load(source, i + gap), load(source, i + gap + WIDTH)
            store(target, o, ax + bx)
            store(target, o + WIDTH, ay + by)
            _turn(target, o + hop, ax - bx, ay - by, tables, at + 4 * p * stride)


@kernel
def _step_3(source: Floats, target: Floats, m: int, stride: int, tables: Floats, at: int) -> None:
    stay_apart()
    gap, hop = m * stride * ITEM, stride * ITEM
    for p in range(m):
        for q in range(stride):
            i, o = (q + stride * p) * ITEM, (q + 3 * stride * p) * ITEM
            ax, ay = load(source, i), load(source, i + WIDTH)
            bx, by = load(source, i + gap), load(source, i + gap + WIDTH)
            cx, cy = load(source, i + 2 * gap), load(source, i + 2 * gap + WIDTH)
            sx, sy = bx + cx, by + cy
            tx, ty = ax - sx * 0.5, ay - sy * 0.5
            dx, dy = (bx - cx) * _SIN_3, (by - cy) * _SIN_3
            store(target, o, ax + sx)
            store(target, o + WIDTH, ay + sy)
            _turn(target, o + hop, tx + dy, ty - dx, tables, at + 4 * p * stride)
            _turn(target, o + 2 * hop, tx - dy, ty + dx, tables, at + 8 * p * stride)


@kernel
def _step_4(source: Floats, target: Floats, m: int, stride: int, tables: Floats, at: int) -> None:
    stay_apart()
    gap, hop = m * stride * ITEM, stride * ITEM
    for p in range(m):
        for q in range(stride):
            i, o = (q + stride * p) * ITEM, (q + 4 * stride * p) * ITEM
            ax, ay = load(source, i), load(source, i + WIDTH)
            bx, by = load(source, i + gap), load(source, i + gap + WIDTH)
            cx, cy = load(source, i + 2 * gap), load(source, i + 2 * gap + WIDTH)
            dx, dy = load(source, i + 3 * gap), load(source, i + 3 * gap + WIDTH)
            ex, ey, fx, fy = ax + cx, ay + cy, ax - cx, ay - cy
            gx, gy, hx, hy = bx + dx, by + dy, bx - dx, by - dy
            store(target, o, ex + gx)
            store(target, o + WIDTH, ey + gy)
            _turn(target, o + hop, fx + hy, fy - hx, tables, at + 4 * p * stride)
            _turn(target, o + 2 * hop, ex - gx, ey - gy, tables, at + 8 * p * stride)
            _turn(target, o + 3 * hop, fx - hy, fy + hx, tables, at + 12 * p * stride)


@kernel
def _step_5(source: Floats, target: Floats, m: int, stride: int, tables: Floats, at: int) -> None:
    stay_apart()
    gap, hop = m * stride * ITEM, stride * ITEM
    for p in range(m):
        for q in range(stride):
            i, o = (q + stride * p) * ITEM, (q + 5 * stride * p) * ITEM
            ax, ay = load(source, i), load(source, i + WIDTH)
            bx, by = load(source, i + gap), load(source, i + gap + WIDTH)
            cx, cy = load(source, i + 2 * gap), load(source, i + 2 * gap + WIDTH)
            dx, dy = load(source, i + 3 * gap), load(source, i + 3 * gap + WIDTH)
            ex, ey = load(source, i + 4 * gap), load(source, i + 4 * gap + WIDTH)
            bx, by, ex, ey = bx + ex, by + ey, bx - ex, by - ey
            cx, cy, dx, dy = cx + dx, cy + dy, cx - dx, cy - dy
            store(target, o, ax + bx + cx)
            store(target, o + WIDTH, ay + by + cy)
            tx, ty = ax + bx * _COS_5A + cx * _COS_5B, ay + by * _COS_5A + cy * _COS_5B
            ux, uy = ax + bx * _COS_5B + cx * _COS_5A, ay + by * _COS_5B + cy * _COS_5A
            vx, vy = ex * _SIN_5A + dx * _SIN_5B, ey * _SIN_5A + dy * _SIN_5B
            wx, wy = ex * _SIN_5B - dx * _SIN_5A, ey * _SIN_5B - dy * _SIN_5A
            _turn(target, o + hop, tx + vy, ty - vx, tables, at + 4 * p * stride)
            _turn(target, o + 2 * hop, ux + wy, uy - wx, tables, at + 8 * p * stride)
            _turn(target, o + 3 * hop, ux - wy, uy + wx, tables, at + 12 * p * stride)
            _turn(target, o + 4 * hop, tx - vy, ty + vx, tables, at + 16 * p * stride)
