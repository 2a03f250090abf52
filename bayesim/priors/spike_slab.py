"""Spike and slab: a pixel is empty, or holds a source; the conditionals of a Gibbs sampler, and a relaxation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr

from bayesim.errors import ModelError
from bayesim.priors._conditional import Conditional
from bayesim.priors._numbers import check_positive

__all__ = ["SpikeAndSlab"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SpikeAndSlab:
    """``p(x) = (1 - inclusion) spike(x) + inclusion slab(x)``, pixel by pixel.

    The slab is Gaussian about 0 (half-normal when positive). The spike is a point mass at zero, or, with
    ``spike > 0``, a (half-)Gaussian of that width: then the mixture is a density, and NUTS can sample it.

    Parameters
    ----------
    inclusion : float or PyMC variable
        Probability that a pixel holds a source, in (0, 1).
    slab : float
        Standard deviation (root mean square, when positive) of a source's flux in Jy.
    spike : float
        Width of the spike in Jy: 0 for a Gibbs sampler; for NUTS well below the noise of a pixel, ``sigma_img``.
    positive : bool
        Whether sources are positive.

    Raises
    ------
    ModelError
        A number is out of its range, or the spike is not narrower than the slab.

    References
    ----------
    Mitchell & Beauchamp 1988 (JASA 83, 1023) for the point mass; George & McCulloch 1993 (JASA 88, 881), equation 4.
    """

    inclusion: Any
    slab: float
    spike: float = 0.0
    positive: bool = False

    def __post_init__(self) -> None:
        check_positive(inclusion=self.inclusion, slab=self.slab)
        if isinstance(self.inclusion, float | int) and not self.inclusion < 1:
            raise ModelError(f"inclusion {self.inclusion} must be a probability below 1")
        if not 0 <= self.spike < self.slab:
            raise ModelError(f"spike {self.spike} Jy must be at least 0 and below the slab's {self.slab} Jy")

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the relaxed mixture (Jy/pixel), one free variable, to the model in context.

        Raises
        ------
        ModelError
            The spike is a point mass: it has no density.
        """
        if self.spike == 0:
            raise ModelError(
                "a point mass has no density, so NUTS cannot sample it: give the spike a width below the noise of a "
                "pixel, or draw from conditional() in a Gibbs sampler"
            )
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        kind = pm.HalfNormal if self.positive else pm.Normal
        parts = [kind.dist(sigma=self.spike), kind.dist(sigma=self.slab)]
        share = pt.stack([1.0 - self.inclusion, self.inclusion])
        return pm.Mixture(name, w=share, comp_dists=parts, dims=dims)

    def conditional(self, pull: Floats, curvature: Floats) -> Conditional:
        """Return the full conditional of pixels whose log-likelihood is ``pull x - curvature x^2 / 2``.

        Parameters
        ----------
        pull : ndarray
            ``(A^T W (y - A x_others))_j`` in 1/Jy.
        curvature : ndarray
            ``(A^T W A)_jj`` in 1/Jy^2.

        Raises
        ------
        ModelError
            The spike has a width, or the inclusion is a random variable (draw it given the number of sources).
        """
        if self.spike > 0 or not isinstance(self.inclusion, float | int):
            raise ModelError("conditional() is for a point mass at zero (spike 0) and an inclusion that is a number")
        variance = 1.0 / (curvature + self.slab**-2)
        mean, sd = variance * pull, np.sqrt(variance)
        odds = np.log(self.inclusion / (1.0 - self.inclusion)) + np.log(sd / self.slab) + 0.5 * mean * pull
        if self.positive:
            odds = odds + np.log(2.0) + log_ndtr(mean / sd)
        return Conditional(np.asarray(odds), np.asarray(mean), np.asarray(sd))

    def probability(self, pull: Floats, curvature: Floats) -> Floats:
        """Return the probability of a source under :meth:`conditional`; the same arguments and errors."""
        return np.asarray(expit(self.conditional(pull, curvature).log_odds))
