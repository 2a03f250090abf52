"""Visibilities of a drawn image, as an image-plane likelihood keeps them: a dirty image and an energy."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.operators.nufft import Nufft
from bayesim.operators.statistics import Statistics, measure

__all__ = ["ImagePlaneData"]

Floats = NDArray[np.float64]

_SAME = 1e-9
"""Relative difference of two sums of the same numbers."""


@dataclass(frozen=True, eq=False)
class ImagePlaneData:
    """Where the data of an image-plane likelihood come from, so that others can be drawn in their place.

    An image-plane likelihood knows its data by their statistics only; a draw makes visibilities at the same baselines
    with noise of the same weights, and measures them.

    Parameters
    ----------
    vis : Visibilities
        Baselines and weights; the data that were measured.
    statistics : Statistics
        Those of the likelihood, measured from ``vis``.
    noise_scale : str
        Name of the model's scale of the noise; 1 where the model has none of that name.

    Raises
    ------
    ModelError
        The statistics are not those of these visibilities.
    """

    vis: Visibilities
    statistics: Statistics
    noise_scale: str = "noise_scale"

    def __post_init__(self) -> None:
        energy = float(np.sum(self.vis.weight * np.abs(self.vis.data) ** 2))
        sums = (self.statistics.count, self.statistics.sum_weight, self.statistics.energy)
        if not np.allclose(sums, (len(self.vis), self.vis.sum_weight, energy), rtol=_SAME, atol=0):
            raise ModelError(
                f"count, sum of weights and energy of the statistics are {sums}, of the visibilities "
                f"{(len(self.vis), self.vis.sum_weight, energy)}: pass those that were measured"
            )

    @cached_property
    def operator(self) -> Nufft:
        """From an image to these baselines, w terms left out as in the statistics."""
        return Nufft(self.vis.u, self.vis.v, self.statistics.grid, tolerance=self.statistics.tolerance)

    def draw(self, image: Floats, *, noise_scale: float, rng: np.random.Generator) -> Statistics:
        """Return the statistics of visibilities of an image with noise.

        Parameters
        ----------
        image : ndarray, shape (rows, columns)
            Jy/pixel.
        noise_scale : float
            Factor on every sigma.
        rng : Generator
            Of the noise.
        """
        response = self.statistics.response
        seen = self.operator.forward(image if response is None else image * response)
        noise = rng.standard_normal((2, len(self.vis))) * noise_scale * self.vis.weight**-0.5
        vis = replace(self.vis, data=seen + noise[0] + 1j * noise[1])
        return measure(vis, self.statistics.grid, response=response, tolerance=self.statistics.tolerance)
