"""Coordinates of the logarithms of a brightness in which its posterior is about round."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.distributions.transforms import Transform
from scipy.optimize import minimize

from bayesim.data import Visibilities
from bayesim.errors import ModelError

__all__ = ["RoundLog"]

Floats = NDArray[np.float64]


class RoundLog(Transform):  # type: ignore[misc]
    """A linear change of coordinates ``z`` of the logarithm of a positive brightness, ``x = mode + C z``.

    Neighbouring knots of a profile are known together far better than one by one, and a smooth prior knows their
    differences better than the data: NUTS with a diagonal mass matrix needs trajectories as long as the ratio of the
    widest direction to the narrowest (some 500 for a protoplanetary disk). Here ``CC'`` is the covariance at the mode
    of Gaussian data and a Gaussian prior of ``x``. The model stays what it is: only the coordinates in which it is
    sampled change, whatever the prior. Give it to the variable: ``pm.MvNormal(..., transform=...)``.

    Parameters
    ----------
    vis : Visibilities
        The data, weights in 1/Jy^2.
    columns : ndarray, shape (n, k)
        Complex visibilities of brightness 1 in each knot or pixel, everything else at a guess.
    mean : ndarray, shape (k,)
        Of the prior of ``x``, logarithm of the unit of the brightness.
    covariance : ndarray, shape (k, k)
        Of that prior, positive definite; a scale is enough.

    Attributes
    ----------
    mode : ndarray, shape (k,)
        Logarithm of the most probable brightness: where chains should start (``initval``), with a spread of 1.

    Raises
    ------
    ModelError
        Columns, mean and covariance are not of one size.

    References
    ----------
    Rasmussen & Williams 2006, section 3.4 (Laplace's approximation); for a profile seen by an interferometer, linear
    in the brightness, Jennings et al. 2020 (MNRAS 495, 3209).
    """

    name = "round"

    def __init__(self, vis: Visibilities, columns: NDArray[np.complex128], mean: Floats, covariance: Floats) -> None:
        count = mean.size
        if columns.shape != (len(vis), count) or covariance.shape != (count, count):
            raise ModelError(
                f"columns of shape {columns.shape} and a covariance of shape {covariance.shape} for {len(vis)} "
                f"visibilities and {count} logarithms"
            )
        white = columns.conj().T * vis.weight
        gram, seen = (white @ columns).real, (white @ vis.data).real
        precision = np.linalg.inv(covariance)
        self.mode = _mode(gram, seen, mean, precision)
        bright = np.exp(self.mode)
        known = gram * np.outer(bright, bright) + precision
        self.axes = np.linalg.cholesky(np.linalg.inv(0.5 * (known + known.T)))

    def forward(self, value: Any, *_: Any) -> Any:
        """Return the coordinates of logarithms."""
        return pt.dot(np.linalg.inv(self.axes), value - self.mode)

    def backward(self, value: Any, *_: Any) -> Any:
        """Return the logarithms."""
        return self.mode + pt.dot(self.axes, value)

    def log_jac_det(self, value: Any, *_: Any) -> Any:
        """Return the logarithm of the volume of logarithms per volume of coordinates: the same everywhere."""
        return pt.constant(np.log(np.diag(self.axes)).sum())


def _mode(gram: Floats, seen: Floats, mean: Floats, precision: Floats) -> Floats:
    """Climb from the prior's mean: ``p = e^x`` minimises ``p'Gp/2 - s'p + (x - mean)'Q(x - mean)/2``."""

    def height(x: Floats) -> float:
        p, off = np.exp(x), x - mean
        return float(0.5 * p @ gram @ p - seen @ p + 0.5 * off @ precision @ off)

    def slope(x: Floats) -> Floats:
        p = np.exp(x)
        return np.asarray(p * (gram @ p - seen) + precision @ (x - mean))

    def curvature(x: Floats) -> Floats:
        p = np.exp(x)
        return np.asarray(gram * np.outer(p, p) + np.diag(p * (gram @ p - seen)) + precision)

    # far from the mode the curvature has both signs: a trust region goes downhill all the same
    return np.asarray(minimize(height, mean, jac=slope, hess=curvature, method="trust-exact").x)
