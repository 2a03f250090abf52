"""Stretching and turning a source by the similarity theorem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import as_tensor, cos, sin

__all__ = ["baselines", "directions"]

Floats = NDArray[np.float64]


def baselines(u: Any, v: Any, *, ratio: Any, position_angle: Any) -> tuple[Any, Any]:
    """Return the baselines at which the source before stretching and turning has the visibility of that after.

    The source is scaled by ``ratio`` along East-West, then its North is turned to the position angle (from North
    through East).
    """
    angle = as_tensor(position_angle)
    c, s = cos(angle), sin(angle)
    return ratio * (u * c - v * s), u * s + v * c


def directions(l: Floats, m: Floats, *, ratio: float, position_angle: float) -> tuple[Floats, Floats]:
    """Return where the points of the source go."""
    c, s = np.cos(position_angle), np.sin(position_angle)
    return ratio * l * c + m * s, m * c - ratio * l * s
