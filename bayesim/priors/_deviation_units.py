"""Coordinates of an image whose deviations from their mean are as wide as the prior or the data allow."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pymc.distributions.transforms import Transform

from bayesim.priors._numbers import check_positive

__all__ = ["DeviationUnits"]


class DeviationUnits(Transform):  # type: ignore[misc]
    """Deviations from the mean in units of ``(rate^2 + 1/noise^2)^(-1/2)``, the mean in units of the noise.

    Where the strength of a prior is inferred with the image, the width of the pixels falls with it as ``1/rate``: a
    funnel, whose neck short chains leave and do not find again. In these units neither the neck nor the mouth, where
    the data alone tell the pixels, changes its width. The model stays what it is: only the coordinates in which it is
    sampled change.

    Parameters
    ----------
    noise : float
        Error of a pixel that the data leave, Jy, positive: a guess within a factor of a few does.

    Raises
    ------
    ModelError
        The noise is not positive.

    References
    ----------
    Papaspiliopoulos, Roberts & Skold 2007 (Statistical Science 22, 59), section 4: partial non-centring by how much
    the data tell.
    """

    name = "deviations"

    def __init__(self, noise: float) -> None:
        check_positive(noise=noise)
        self.noise = noise

    def unit(self, inputs: tuple[Any, ...]) -> Any:
        """Return the unit in Jy, of the inputs of a variable: its generator, its size, its rate, and others."""
        return (pt.sqr(inputs[2]) + self.noise**-2.0) ** -0.5

    def forward(self, value: Any, *inputs: Any) -> Any:
        """Return the coordinates of the image, both of shape (rows, columns)."""
        mean = pt.mean(value)
        return mean / self.noise + (value - mean) / self.unit(inputs)

    def backward(self, value: Any, *inputs: Any) -> Any:
        """Return the image."""
        mean = pt.mean(value)
        return mean * self.noise + (value - mean) * self.unit(inputs)

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        """Return the logarithm of the volume of images per volume of coordinates."""
        # all directions but the mean's, and the mean's
        return (value.size - 1) * pt.log(self.unit(inputs)) + np.log(self.noise)
