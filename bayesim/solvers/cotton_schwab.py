"""Cotton-Schwab CLEAN: minor iterations with the centre PSF, major cycles with the exact residual."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations
from bayesim.solvers._clean_cycle import check_gain, major_cycles, unit_psf
from bayesim.solvers._clean_minor import Minor
from bayesim.solvers._clean_scales import Scales
from bayesim.solvers.clean_model import CleanModel, CleanStep
from bayesim.solvers.stopping import Stopping

__all__ = ["CottonSchwab"]


@dataclass(frozen=True)
class CottonSchwab:
    """CLEAN with an exact residual, w terms included, whenever the peak has fallen by ``mgain``.

    Parameters
    ----------
    gain : float
        Loop gain of the minor iterations in (0, 1].
    mgain : float
        Part of the peak that one major cycle takes, in (0, 1]: at 0.8 the minor iterations stop at a fifth of it.
    positive : bool
        Whether only positive components are allowed.
    auto_mask : float or None
        Down to this many sigmas every pixel may hold a component, below only those that already do.
    stopping : Stopping
        Thresholds and bounds.

    References
    ----------
    Schwab 1984, AJ 89, 1076; the list of the minor iterations is that of Clark 1980, A&A 89, 377.
    """

    gain: float = 0.1
    mgain: float = 0.8
    positive: bool = False
    auto_mask: float | None = None
    stopping: Stopping = field(default_factory=Stopping)

    def deconvolve(
        self,
        equations: NormalEquations,
        psf: NDArray[np.float64],
        *,
        progress: Callable[[CleanStep], None] | None = None,
    ) -> CleanModel:
        """Find components.

        Parameters
        ----------
        equations : NormalEquations
            The data, with their statistical weights (natural weighting).
        psf : ndarray, shape (2 rows, 2 columns)
            PSF of the centre at all pixel differences, any unit: ``measure(vis, grid).psf``. Minor iterations use it
            everywhere, so w terms and a response are left to the major cycles.
        progress : callable or None
            Called with every :class:`CleanStep`.

        Returns
        -------
        CleanModel
            Components and their exact residual.

        Raises
        ------
        GridError
            The PSF does not have twice the sides of the image, or no positive peak in its middle.
        ModelError
            A gain is not in (0, 1].
        """
        check_gain(self.gain, self.mgain)
        scales = Scales(unit_psf(psf, equations), (0.0,))
        minor = Minor(scales, np.ones(1), gain=self.gain, positive=self.positive)
        return major_cycles(
            equations,
            minor,
            mgain=self.mgain,
            stopping=self.stopping,
            auto_mask=self.auto_mask,
            progress=progress,
            label="Cotton-Schwab CLEAN components (no certificate of optimality)",
        )
