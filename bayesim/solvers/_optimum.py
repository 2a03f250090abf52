"""What every search for a mode returns, whatever the model and the proof."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Optimum"]


@runtime_checkable
class Optimum(Protocol):
    """The common part of :class:`Solution`, :class:`Synthesis`, :class:`Regularised` and :class:`Mode`.

    What differs is the proof: a dual certificate of pixels or of atoms, a duality gap, or the gain of a Newton step.
    """

    @property
    def values(self) -> Mapping[str, NDArray[np.float64]]:
        """The mode by the names of its variables: a first point of :func:`find_mode` for another model."""

    @property
    def converged(self) -> bool:
        """Whether the precision asked for was reached."""

    @property
    def reason(self) -> str:
        """Why the solver stopped, as a sentence."""

    @property
    def label(self) -> str:
        """What the values are, with every approximation named."""
