"""Coordinates of a spectral cube in which its posterior is about round."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.distributions.transforms import Transform
from pymc.model.transform.conditioning import change_value_transforms

from bayesim.errors import ModelError
from bayesim.likelihoods.channel_gaussian import ChannelGaussian

__all__ = ["RoundCube"]

Floats = NDArray[np.float64]

_STEPS = 8.0
"""Precision of steps between channels in units of ``1/level^2``: lines vary by less than they shine."""


class RoundCube(Transform):  # type: ignore[misc]
    """A linear change of coordinates ``z`` of a cube, ``x = C (s z) P'``: modes of channels times modes of pixels.

    Long baselines know a cube far better than the prior does, baselines that are missing not at all, and a smoothed
    correlator knows steps between neighbours better than their mean: NUTS with a diagonal mass matrix then needs
    trajectories as long as the ratio of these widths. Here each mode has the width that Gaussian data and a Gaussian
    prior leave it, exactly when every channel has the same baselines. The model stays what it is: only the
    coordinates in which it is sampled change, whatever the prior.

    Parameters
    ----------
    likelihood : ChannelGaussian
        Weights, channels and the correlation of their noise.
    columns : ndarray, shape (channels, rows, pixels)
        Complex visibilities of 1 Jy in each pixel.
    level : float
        Width of a pixel's mean over the channels before the data, Jy/pixel, positive; a scale is enough.

    Raises
    ------
    ModelError
        The columns do not fit the spectra, or the level is not positive.

    References
    ----------
    Golub & Van Loan 2013, Matrix Computations, section 8.7 (two quadratic forms made diagonal together).
    """

    name = "round"

    def __init__(self, likelihood: ChannelGaussian, columns: NDArray[np.complex128], *, level: float) -> None:
        table = likelihood.spectra
        if columns.ndim != 3 or columns.shape[:2] != (table.channels, table.rows):
            raise ModelError(f"columns of shape {columns.shape} for {table.channels} channels of {table.rows} rows")
        if not level > 0:
            raise ModelError(f"level {level} Jy/pixel must be positive")
        white = columns * table.vis.weight.reshape(table.channels, -1, 1) ** 0.5
        flat = white.reshape(-1, columns.shape[2])
        power, self.pixels = np.linalg.eigh((flat.conj().T @ flat).real / table.channels)
        steps = np.diff(np.eye(table.channels), axis=0)
        prior = _STEPS * steps.T @ steps + table.channels**-2.0
        width = np.linalg.cholesky(np.linalg.inv(prior))
        known, turn = np.linalg.eigh(width.T @ np.linalg.inv(_dense(likelihood.band)) @ width)
        self.channels = width @ turn
        self.sd = (level**-2 + np.outer(known, np.maximum(power, 0.0))) ** -0.5

    def forward(self, value: Any, *_: Any) -> Any:
        """Return the coordinates of a cube in Jy/pixel, of the same shape."""
        modes = pt.dot(pt.dot(np.linalg.inv(self.channels), self._flat(value)), self.pixels)
        return (modes / self.sd).reshape(value.shape)

    def backward(self, value: Any, *_: Any) -> Any:
        """Return the cube in Jy/pixel."""
        return pt.dot(pt.dot(self.channels, self.sd * self._flat(value)), self.pixels.T).reshape(value.shape)

    def log_jac_det(self, value: Any, *_: Any) -> Any:
        """Return the logarithm of the volume of cubes per volume of coordinates: the same everywhere."""
        return pt.constant(self.sd.shape[1] * np.linalg.slogdet(self.channels)[1] + np.log(self.sd).sum())

    def applied(self, model: pm.Model, name: str) -> pm.Model:
        """Return a copy of the model in which the cube of a name is sampled in these coordinates."""
        return change_value_transforms(model, {name: self})

    def _flat(self, cube: Any) -> Any:
        return cube.reshape(self.sd.shape)


def _dense(band: Floats) -> Floats:
    """Return ``L L'`` of a lower banded factor."""
    factor = np.sum([np.diag(diagonal[: band.shape[1] - k], -k) for k, diagonal in enumerate(band)], axis=0)
    return np.asarray(factor @ factor.T)
