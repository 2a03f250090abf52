"""Likelihood of a full image through the sufficient statistics: one pair of FFTs for any number of visibilities."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import pymc as pm

from bayesim.likelihoods._gaussian import gaussian
from bayesim.operators.graph import quadratic
from bayesim.operators.normal import Normal
from bayesim.operators.statistics import Statistics

__all__ = ["ImagePlane"]


@dataclass(frozen=True, eq=False)
class ImagePlane:
    """``log L = const - 1/2 (y'Wy - 2 d'x + x'Gx)``: exact for calibrated, coplanar visibilities of Gaussian noise.

    A free noise scale leaves the statistics sufficient.

    Parameters
    ----------
    statistics : Statistics
        From :func:`bayesim.operators.measure`.
    normaliser : float
        ``sum_i ln(weight_i / 2 pi)`` (see :func:`bayesim.likelihoods.log_normaliser`); a constant that no draw
        depends on, needed only to compare ``log L`` with another likelihood's.
    threads : int
        Threads of every FFT; leave it at 1 where chains run in parallel.
    """

    statistics: Statistics
    _: KW_ONLY
    normaliser: float = 0.0
    threads: int = 1

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``m``, ``l`` in radians."""
        return dict(self.statistics.grid.coords)

    @property
    def label(self) -> str:
        """What this likelihood is and leaves out, as a sentence."""
        stats = self.statistics
        left_out = f"; w terms left out, phase up to {stats.w_phase:.2g} rad" if stats.w_phase > 0 else ""
        return f"Gaussian likelihood of {stats.count} coplanar visibilities, by sufficient statistics{left_out}"

    @cached_property
    def normal(self) -> Normal:
        """The normal operator."""
        return Normal(self.statistics, threads=self.threads)

    def observe(self, name: str, sky: Any, *, noise_scale: Any | None = None) -> Any:
        """Add the log-likelihood of ``sky`` to the model in context, as a potential.

        Parameters
        ----------
        name : str
            Name of the potential.
        sky : PyMC variable, shape (rows, columns)
            Jy/pixel.
        noise_scale : PyMC variable, optional
            Factor on every sigma, positive.

        Returns
        -------
        PyTensor scalar
            ``log L`` with all its constants (where ``normaliser`` is given).
        """
        value, _ = quadratic(self.normal, sky)
        energy = self.statistics.energy - 2.0 * value
        return pm.Potential(
            name,
            gaussian(energy, count=self.statistics.count, normaliser=self.normaliser, noise_scale=noise_scale),
        )
