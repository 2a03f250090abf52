"""How long a solve still takes, from the fall of its duality gap."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayesim.solvers import Step

__all__ = ["in_words", "seconds_left"]

_WINDOW, _FEWEST = 7, 5
"""Steps that are looked at: an older speed is another solver's, and with fewer there is no speed."""

_STEADY = 3.0
"""Factor within which the two halves of the window must agree: otherwise the past says nothing of the future."""

_SETTLED = 1e-5
"""Relative gap about which the support is found, and the next cycle exact: four solves to 1e-8 fell from 2e-5, 2e-5,
2e-5 and 4e-8 to below 1e-10 at once."""

_SHORT = 120.0
"""Seconds from which minutes are shown."""


def seconds_left(history: Sequence["Step"], *, relative_gap: float) -> float | None:
    """Return the seconds until the gap asked for, if its logarithm goes on falling as over the last cycles.

    Parameters
    ----------
    history : sequence of Step
        The cycles of one solve so far.
    relative_gap : float
        Asked for, positive.

    Returns
    -------
    float or None
        Positive; None where it would be a guess: fewer than five cycles, a gap that does not fall, or one that fell
        three times faster in one half of the last seven cycles than in the other, or where the gap is reached. A gap
        below 1e-5 counts as 1e-5: from there the last cycle is exact.
    """
    # a tenth of a second that --help and a wrong option must not wait for
    import numpy as np

    recent = history[-_WINDOW:]
    aim = max(relative_gap, _SETTLED)
    gaps = np.array([step.gap / step.objective if step.objective > 0 else 0.0 for step in recent])
    if len(recent) < _FEWEST or gaps.min() <= 0 or gaps[-1] <= aim:
        return None
    places = [0, (len(recent) - 1) // 2, -1]
    falls = -np.diff(np.log(gaps)[places])
    times = np.diff(np.array([step.seconds for step in recent])[places])
    if falls.min() <= 0 or times.min() <= 0:
        return None
    speeds = falls / times
    if speeds.max() > _STEADY * speeds.min():
        return None
    return float(np.log(gaps[-1] / aim) * times.sum() / falls.sum())


def in_words(seconds: float) -> str:
    """Return a duration as a person says it: ``"12 s"``, ``"3 min"``."""
    return f"{max(1, round(seconds))} s" if seconds < _SHORT else f"{round(seconds / 60)} min"
