"""Hogbom CLEAN: the first of them, on the dirty image alone."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._contract import NormalEquations, Residual
from bayesim.sky import Grid
from bayesim.solvers._clean_cycle import check_gain, major_cycles, robust_sigma, unit_psf
from bayesim.solvers._clean_minor import Minor
from bayesim.solvers._clean_scales import Scales
from bayesim.solvers.clean_model import CleanModel, CleanStep
from bayesim.solvers.stopping import Stopping

__all__ = ["Hogbom"]

Floats = NDArray[np.float64]

_NOISE_CYCLE = 0.8
"""Part of the peak that is taken before the noise of the residual is measured again."""

_ROUNDING = 1e-6
"""How far the exact residual of coplanar data may be from the convolution's, relative."""


@dataclass(frozen=True)
class Hogbom:
    """Subtract a fraction of the PSF at the highest pixel of the dirty image until the threshold.

    Every pixel takes part in every iteration and the data are never seen again, so what the PSF of the centre gets
    wrong (w terms, a response) stays wrong. The residual of the result is nevertheless the exact one, and
    ``converged`` is judged by it.

    Parameters
    ----------
    gain : float
        Loop gain in (0, 1].
    positive : bool
        Whether only positive components are allowed.
    stopping : Stopping
        Thresholds and bounds; here a cycle is one measurement of the residual's noise.

    References
    ----------
    Hogbom 1974, A&AS 15, 417.
    """

    gain: float = 0.1
    positive: bool = False
    stopping: Stopping = field(default_factory=Stopping)

    def deconvolve(
        self,
        equations: NormalEquations,
        psf: Floats,
        *,
        progress: Callable[[CleanStep], None] | None = None,
    ) -> CleanModel:
        """Find components; arguments, returns and errors as :meth:`CottonSchwab.deconvolve`."""
        check_gain(self.gain, _NOISE_CYCLE)
        scales = Scales(unit_psf(psf, equations), (0.0,))
        minor = Minor(scales, np.ones(1), gain=self.gain, positive=self.positive, every_pixel=True)
        model = major_cycles(
            _CentrePsf(equations, scales),
            minor,
            mgain=_NOISE_CYCLE,
            stopping=self.stopping,
            progress=progress,
            label="Hogbom CLEAN components (centre PSF, no major cycle; no certificate of optimality)",
        )
        exact = equations.residual(model.indices, model.fluxes)
        return self._judged(model, exact, minor)

    def _judged(self, model: CleanModel, exact: Residual, minor: Minor) -> CleanModel:
        shown = exact.image / model.sum_weight
        peak, sigma = minor.peak(shown), robust_sigma(shown)
        goal = max(self.stopping.sigmas * sigma, self.stopping.flux)
        return replace(
            model,
            residual=exact.image,
            residual_energy=exact.energy,
            converged=peak <= goal * (1 + _ROUNDING),
            reason=f"{model.reason}; in the exact residual it is {peak:.3g} Jy, the threshold {goal:.3g} Jy",
            history=(*model.history, CleanStep(model.iterations, peak, sigma, model.history[-1].seconds)),
        )


@dataclass(frozen=True)
class _CentrePsf:
    """The data as Hogbom's procedure sees them: a dirty image that is the sky convolved with one PSF."""

    equations: NormalEquations
    scales: Scales

    @property
    def grid(self) -> Grid:
        return self.equations.grid

    @property
    def count(self) -> int:
        return self.equations.count

    @property
    def sum_weight(self) -> float:
        return self.equations.sum_weight

    def residual(self, indices: NDArray[np.int64], values: Floats) -> Residual:
        """Return the residual by one convolution, with the energy that belongs to it."""
        image = np.zeros(self.grid.shape)
        image.ravel()[indices] = values
        left = self.equations.dirty - self.sum_weight * self.scales.observed(image)
        energy = self.equations.energy - float(np.vdot(image, self.equations.dirty + left))
        return Residual(left, energy)
