"""Multiscale CLEAN: components of several sizes for emission that is not a field of points."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators._contract import NormalEquations
from bayesim.solvers._clean_cycle import check_gain, major_cycles, unit_psf
from bayesim.solvers._clean_minor import Minor
from bayesim.solvers._clean_scales import Scales, scale_bias
from bayesim.solvers.clean_model import CleanModel, CleanStep
from bayesim.solvers.stopping import Stopping

__all__ = ["MultiscaleClean"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MultiscaleClean:
    """CLEAN with tapered paraboloids of several sizes; the scale with the highest biased peak goes first.

    Parameters
    ----------
    scales : tuple of float
        Full widths of the shapes in pixels, ascending, 0 for points: their width at half maximum is 0.43 of
        it. Four beams and their doublings are usual.
    bias : float
        In (0, 1]: a scale of twice the size goes first when its smoothed peak is above ``bias`` times the other's.
    gain, mgain, positive, auto_mask, stopping
        As for :class:`CottonSchwab`; thresholds are in Jy per dirty beam of the biased smoothed residual, and the
        mask is one for each scale.

    Notes
    -----
    Every iteration takes the best of all scales and updates all of them (Cornwell's procedure); the cross PSFs need
    ``32 n_scales^2`` bytes for a pixel of the image. Components that reach over the edge of the image are cut there.

    References
    ----------
    Cornwell 2008, IEEE J. Sel. Top. Signal Process. 2, 793; Offringa & Smirnov 2017, MNRAS 471, 301.
    """

    scales: tuple[float, ...] = (0.0, 8.0, 16.0, 32.0)
    bias: float = 0.6
    gain: float = 0.1
    mgain: float = 0.8
    positive: bool = False
    auto_mask: float | None = None
    stopping: Stopping = field(default_factory=Stopping)

    def deconvolve(
        self,
        equations: NormalEquations,
        psf: Floats,
        *,
        progress: Callable[[CleanStep], None] | None = None,
    ) -> CleanModel:
        """Find components; arguments, returns and errors as :meth:`CottonSchwab.deconvolve`."""
        check_gain(self.gain, self.mgain)
        self._check(min(equations.grid.shape))
        scales = Scales(unit_psf(psf, equations), self.scales)
        minor = Minor(scales, scale_bias(self.scales, self.bias), gain=self.gain, positive=self.positive)
        return major_cycles(
            equations,
            minor,
            mgain=self.mgain,
            stopping=self.stopping,
            auto_mask=self.auto_mask,
            progress=progress,
            label=f"multiscale CLEAN components of {list(self.scales)} pixels (no certificate of optimality)",
        )

    def _check(self, side: int) -> None:
        if not 0 < self.bias <= 1:
            raise ModelError(f"bias {self.bias} must lie in (0, 1]; 0.6 is usual")
        if not self.scales or list(self.scales) != sorted(set(self.scales)) or self.scales[0] < 0:
            raise ModelError(f"scales {self.scales} must be widths in pixels, ascending and different, from 0 on")
        if self.scales[-1] > side:
            raise ModelError(f"scale {self.scales[-1]} is larger than the image of {side} pixels: leave it out")
