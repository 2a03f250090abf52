"""The wrapped Gaussian: a phase and the same phase after a turn are one."""

from typing import Any

import numpy as np
import pytensor.tensor as pt

__all__ = ["phase_of", "principal", "wrapped_log_density"]

TURNS = 3
"""Whole turns to either side over which the density is summed: enough for a sigma of three radians."""


def principal(angle: Any) -> Any:
    """Return the angle within half a turn of zero; NumPy in, NumPy out."""
    turn = np.round if isinstance(angle, np.ndarray | float) else pt.round
    return angle - 2 * np.pi * turn(angle / (2 * np.pi))


def phase_of(model: Any) -> Any:
    """Return the phase in radians of real and imaginary parts, shape (2, n): no derivative where both are zero."""
    return pt.arctan2(model[1], model[0])


def wrapped_log_density(residual: Any, sigma: Any) -> Any:
    """Return ``ln sum_k Normal(residual + 2 pi k | 0, sigma)``, which integrates to 1 on the circle.

    Parameters
    ----------
    residual : PyTensor variable, shape (n,)
        Radians.
    sigma : PyTensor variable, shape (n,)
        Radians, positive.

    Notes
    -----
    Mardia & Jupp 2000, Directional Statistics, chapter 3.
    """
    turns = 2 * np.pi * np.arange(-TURNS, TURNS + 1)
    pulls = (principal(residual)[:, None] + turns) / pt.shape_padright(sigma)
    return pt.logsumexp(-0.5 * pt.sqr(pulls), axis=1) - pt.log(sigma) - 0.5 * np.log(2 * np.pi)
