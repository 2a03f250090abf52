"""The flux of one source given all else: a Gaussian truncated to positive values, and its evidence, compiled."""

import math
from typing import Any

from bayesim.operators._compiled import compiled_in_order

__all__ = ["log_ndtr", "positive_normal", "single"]

_FAR = -8.0
"""Below it ``erfc`` would lose ``log Phi``; the asymptotic series is good to 1e-4 there and better beyond."""


@compiled_in_order
def log_ndtr(x: float) -> float:
    """Return the logarithm of the standard normal distribution function."""
    if x > _FAR:
        return math.log(0.5 * math.erfc(-x / math.sqrt(2.0)))
    square = x * x
    return -0.5 * square - math.log(-x * math.sqrt(2.0 * math.pi)) + math.log1p(-1 / square + 3 / square**2)


@compiled_in_order
def positive_normal(rng: Any, mean: float, sd: float) -> float:
    """Draw from a Gaussian truncated to positive values (Robert 1995, Statistics and Computing 5, 121)."""
    low = -mean / sd
    if low < 0.45:
        while True:
            z = rng.standard_normal()
            if z > low:
                return float(mean + sd * z)
    rate = 0.5 * (low + math.sqrt(low * low + 4.0))
    while True:
        z = low - math.log1p(-rng.random()) / rate
        if math.log1p(-rng.random()) <= -0.5 * (z - rate) ** 2:
            return mean + sd * z


@compiled_in_order
def single(pull: float, curvature: float, variance: float, rate: float) -> tuple[float, float, float]:
    """Return mean and sd of a flux before truncation, and the log evidence of a source.

    The evidence is ``int_0^inf rate exp(-rate f) L(f) / L(0) df`` with
    ``ln L = (pull f - curvature f^2 / 2) / variance``.
    """
    sd = math.sqrt(variance / curvature)
    mean = (pull / variance - rate) * sd * sd
    score = mean / sd
    return mean, sd, math.log(rate * sd) + 0.5 * math.log(2 * math.pi) + 0.5 * score * score + log_ndtr(score)
