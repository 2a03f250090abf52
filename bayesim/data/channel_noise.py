"""Simulated noise that neighbouring channels share."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgError, toeplitz

from bayesim.data._visibilities import Visibilities
from bayesim.data.spectra import Spectra
from bayesim.errors import DataError

__all__ = ["with_channel_noise"]


def with_channel_noise(table: Spectra, correlation: ArrayLike, *, seed: int) -> Visibilities:
    """Return the visibilities with Gaussian noise of their weights added, correlated along the channels.

    Parameters
    ----------
    table : Spectra
        Without noise.
    correlation : array_like, shape (c,)
        Of channels 0, 1, 2, ... apart, 1 first; none beyond (:func:`bayesim.likelihoods.hann_correlation`).
    seed : int
        Of the noise. Rows, and real and imaginary parts, are independent.

    Raises
    ------
    DataError
        The first value is not 1, or no noise has such a correlation.
    """
    known = np.ravel(np.asarray(correlation, dtype=np.float64))
    if not known.size or known[0] != 1.0:
        raise DataError(f"correlation {known} must begin with 1, that of a channel with itself")
    column = np.zeros(max(table.channels, known.size))
    column[: known.size] = known
    try:
        factor = np.linalg.cholesky(toeplitz(column[: table.channels]))
    except LinAlgError as error:
        raise DataError(f"no noise has the correlation {known}: its matrix is not positive definite") from error
    white = np.random.default_rng(seed).standard_normal((2, table.channels, table.rows))
    real, imag = (factor @ part for part in white)
    noise = (real + 1j * imag).ravel() * table.vis.weight**-0.5
    return replace(table.vis, data=table.vis.data + noise)
