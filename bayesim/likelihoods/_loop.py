"""Products of model visibilities around closed loops, and noise that loops share."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray

from bayesim.data import Closures

__all__ = ["coloured", "log_amplitude", "phase", "unexpected"]

Floats = NDArray[np.float64]


def phase(data: Closures, model: Any) -> Any:
    """Return the sum of the phases around each loop in radians, shape (n,); no derivative where the model is zero."""
    return pt.sum(data.sign * pt.arctan2(model[1], model[0])[data.index], axis=1)


def log_amplitude(data: Closures, model: Any) -> Any:
    """Return the signed sum of the logarithms of the amplitudes, shape (n,); infinite where the model is zero."""
    return pt.sum(data.sign * (0.5 * pt.log(pt.sum(pt.sqr(model), axis=0)))[data.index], axis=1)


def unexpected(data: Closures, residual: Any) -> tuple[Any, Floats]:
    """Return the part of each residual that those before it do not tell, and its standard deviation, shape (n,).

    The joint density is the product of the conditional ones, so that each closure has its own term.
    """
    own = data.whitening[:, -1]
    return pt.sum((data.whitening / own[:, None]) * residual[data.partner], axis=1), 1.0 / own


def coloured(data: Closures, white: Floats) -> Floats:
    """Return noise with the covariance of the closures from independent unit noise, shape (..., n)."""
    # only predictive draws need it, and scipy.sparse takes a while to import
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import spsolve_triangular

    n, width = data.partner.shape
    rows = np.repeat(np.arange(n), width)
    lower = csr_array((data.whitening.ravel(), (rows, data.partner.ravel())), shape=(n, n))
    lower.eliminate_zeros()
    return np.asarray(spsolve_triangular(lower, white.reshape(-1, n).T, lower=True).T).reshape(white.shape)
