"""Gaussian likelihood of spectra whose channels share noise, as every correlator that smooths makes them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cholesky_banded

from bayesim.data import Spectra
from bayesim.errors import ModelError
from bayesim.likelihoods._banded import BandedSolve
from bayesim.likelihoods._baselines import shared_baselines

__all__ = ["ChannelGaussian", "hann_correlation"]

Floats = NDArray[np.float64]


def hann_correlation(*, averaged: int = 1) -> Floats:
    """Return the correlation of the noise of channels that are 0, 1, 2, ... apart after Hann smoothing.

    The Hann window on the lags of a correlator convolves channels of independent noise with (1/4, 1/2, 1/4); then
    ``averaged`` neighbours become one. Without averaging that is 1, 2/3, 1/6; ALMA's default of 2 leaves 1, 0.3.

    Parameters
    ----------
    averaged : int
        Channels of the correlator in one of the data, at least 1.

    Raises
    ------
    ModelError
        Less than one channel.

    References
    ----------
    Harris 1978, Proc. IEEE 66, 51, section V (the window); the correlation follows by adding products of the kernel.
    """
    if averaged < 1:
        raise ModelError(f"averaged {averaged} must be at least 1")
    kernel = np.convolve([0.25, 0.5, 0.25], np.full(averaged, 1.0 / averaged))
    products = np.correlate(kernel, kernel, mode="full")[kernel.size - 1 :: averaged]
    return np.asarray(products / products[0])


@dataclass(frozen=True, eq=False)
class ChannelGaussian:
    """Normal real components with ``cov(V_jr, V_kr) = correlation[|j - k|] sigma_jr sigma_kr`` for each row ``r``.

    By the Cholesky factor of the banded correlation matrix: cost in proportion to channels x width x rows. Each
    component has its own density given those of the channels before, so that the sum is the joint one.

    Parameters
    ----------
    spectra : Spectra
        Data as a table of channels and rows (:func:`bayesim.data.spectra`).
    correlation : ndarray, shape (width,)
        Of channels 0, 1, 2, ... apart, 1 first; see :func:`hann_correlation`.

    Raises
    ------
    ModelError
        The correlation does not begin with 1, or is none: not positive definite.
    """

    spectra: Spectra
    correlation: Floats

    def __post_init__(self) -> None:
        lags = np.asarray(self.correlation)
        if lags.ndim != 1 or not lags.size or lags[0] != 1 or not np.all(np.isfinite(lags)):
            raise ModelError(f"correlation {lags.tolist()} must be a list that begins with 1")
        # factored here, so that what is no correlation is refused at once
        _ = self.band

    @cached_property
    def band(self) -> Floats:
        """Cholesky factor of the correlation matrix, shape (width, channels), LAPACK's lower banded form."""
        lags = np.asarray(self.correlation, dtype=np.float64)[: self.spectra.channels]
        try:
            return np.asarray(cholesky_banded(np.tile(lags[:, None], (1, self.spectra.channels)), lower=True))
        except LinAlgError as error:
            message = f"correlation {lags.tolist()} is not positive definite for {self.spectra.channels} channels"
            raise ModelError(message) from error

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``component``, ``visibility`` (in the order channel, row)."""
        return {"component": ["real", "imag"], "visibility": np.arange(len(self.spectra.vis))}

    @property
    def label(self) -> str:
        """What this likelihood is, as a sentence."""
        table, reach = self.spectra, self.band.shape[0] - 1
        return (
            f"Gaussian likelihood of {table.rows} spectra of {table.channels} channels, noise correlated over "
            f"{reach} neighbours"
        )

    @cached_property
    def baselines(self) -> tuple[Any, ...]:
        """``u``, ``v``, ``w`` in wavelengths as PyTensor variables, shape (channels * rows,) each."""
        return shared_baselines(self.spectra.vis, "u", "v", "w")

    def observe(self, name: str, model: Any, *, noise_scale: Any = 1.0) -> Any:
        """Add the observed spectra to the model in context, dims ``("component", "visibility")``.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, channels * rows)
            Real and imaginary parts of the model visibilities in Jy at :attr:`baselines`.
        noise_scale : number or PyMC variable
            Factor on every sigma, positive: a scalar, or of shape (channels * rows,) for one per group.

        Returns
        -------
        PyMC variable
            The observed variable (real parts, imaginary parts) in Jy.
        """
        vis = self.spectra.vis
        return pm.CustomDist(
            name,
            model,
            noise_scale * np.broadcast_to(vis.weight**-0.5, (2, len(vis))),
            logp=self._log_density,
            random=self._draw,
            observed=np.stack([vis.data.real, vis.data.imag]),
            dims=("component", "visibility"),
        )

    def _log_density(self, value: Any, mean: Any, sigma: Any) -> Any:
        table = (2, self.spectra.channels, self.spectra.rows)
        pull = pt.reshape((value - mean) / sigma, table).dimshuffle(1, 0, 2)
        # shared, not constant: a large constant would be written into the compiled code
        band = pytensor.shared(self.band, name="band", borrow=True)
        white = BandedSolve()(pt.reshape(pull, (table[1], 2 * table[2])), band)
        white = pt.reshape(pt.reshape(white, (table[1], 2, table[2])).dimshuffle(1, 0, 2), (2, table[1] * table[2]))
        own = np.repeat(self.band[0], self.spectra.rows)
        return -0.5 * pt.sqr(white) - pt.log(own * sigma) - 0.5 * np.log(2 * np.pi)

    def _draw(self, mean: Any, sigma: Any, rng: Any = None, size: Any = None) -> Any:
        shape = np.broadcast_shapes(np.shape(mean), np.shape(sigma)) if size is None else size
        white = rng.standard_normal(shape).reshape(-1, self.spectra.channels, self.spectra.rows)
        coloured = np.zeros_like(white)
        for step, diagonal in enumerate(self.band):
            # L[k + step, k] carries the white noise of channel k to channel k + step
            last = self.spectra.channels - step
            coloured[:, step:] += diagonal[:last, None] * white[:, :last]
        return mean + sigma * coloured.reshape(shape)
