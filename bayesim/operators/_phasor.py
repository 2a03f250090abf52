"""Compiled direct sums of phasors: the measurement equation for few directions, without an array of all pairs."""

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled

__all__ = ["adjoint_sum", "forward_sum", "phasors"]

Floats = NDArray[np.float64]

# Taylor coefficients of sin and cos; at pi/2 the next terms are 1e-18 and 6e-19
_SIN = np.array([(-1.0) ** k / np.prod(np.arange(1.0, 2 * k + 2)) for k in range(11)])
_COS = np.array([(-1.0) ** k / np.prod(np.arange(1.0, 2 * k + 1)) for k in range(12)])
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8, _S9, _S10 = (float(c) for c in _SIN)
_C0, _C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11 = (float(c) for c in _COS)


@compiled
def _turn(turns: float) -> tuple[float, float]:
    """Return cos and sin of ``2 pi turns`` to 1e-15, without a branch or a call, so that loops vectorise."""
    h = np.pi * (turns - np.floor(turns + 0.5))
    z = h * h
    s = _S6 + z * (_S7 + z * (_S8 + z * (_S9 + z * _S10)))
    s = h * (_S0 + z * (_S1 + z * (_S2 + z * (_S3 + z * (_S4 + z * (_S5 + z * s))))))
    c = _C6 + z * (_C7 + z * (_C8 + z * (_C9 + z * (_C10 + z * _C11))))
    c = _C0 + z * (_C1 + z * (_C2 + z * (_C3 + z * (_C4 + z * (_C5 + z * c)))))
    return 1.0 - 2.0 * s * s, 2.0 * s * c


@compiled
def forward_sum(  # noqa: PLR0917
    u: Floats, v: Floats, w: Floats, l: Floats, m: Floats, t: Floats, values: Floats, real: Floats, imaginary: Floats
) -> None:
    """Add ``sum_p values[p] exp(-2 pi i (u l + v m + w t))`` to the real and imaginary parts of every baseline."""
    for p in range(l.size):
        for i in range(u.size):
            c, s = _turn(u[i] * l[p] + v[i] * m[p] + w[i] * t[p])
            real[i] += values[p] * c
            imaginary[i] -= values[p] * s


@compiled
def adjoint_sum(  # noqa: PLR0917
    u: Floats, v: Floats, w: Floats, l: Floats, m: Floats, t: Floats, real: Floats, imaginary: Floats, out: Floats
) -> None:
    """Add ``Re sum_i y_i exp(+2 pi i (u l + v m + w t))`` to every direction."""
    for p in range(l.size):
        total = 0.0
        for i in range(u.size):
            c, s = _turn(u[i] * l[p] + v[i] * m[p] + w[i] * t[p])
            total += real[i] * c - imaginary[i] * s
        out[p] += total


@compiled
def phasors(  # noqa: PLR0917
    u: Floats, v: Floats, w: Floats, l: Floats, m: Floats, t: Floats, scale: Floats, out: Floats
) -> None:
    """Set ``out[p]`` to ``scale * cos`` of every baseline, followed by ``scale * sin``."""
    n = u.size
    for p in range(l.size):
        for i in range(n):
            c, s = _turn(u[i] * l[p] + v[i] * m[p] + w[i] * t[p])
            out[p, i] = scale[i] * c
            out[p, n + i] = scale[i] * s
