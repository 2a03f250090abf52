"""Coordinates of the logarithm of a brightness in which its posterior is about round."""

from dataclasses import dataclass
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
    """A linear change of coordinates ``z`` of a Gaussian process ``x`` whose exponential is a brightness.

    The brightness is ``exp(mean + factor x)``. Neighbouring knots of a profile are known together far better than one
    by one, and a smooth prior knows their differences better than the data: NUTS with a diagonal mass matrix needs
    trajectories as long as the ratio of the widest direction to the narrowest (some 500 for a protoplanetary disk).
    Here ``x = mode + C z``, ``CC'`` the covariance at the mode of Gaussian data and of ``x`` of unit variance. The
    model stays what it is: only the coordinates in which it is sampled change, whatever the prior of ``x``. Give them
    to the variable: ``pm.Normal("process", 0.0, contrast, transform=round_log, initval=round_log.mode)``.

    Parameters
    ----------
    vis : Visibilities
        The data, weights in 1/Jy^2.
    columns : ndarray, shape (n, k)
        Complex visibilities of brightness 1 in each knot or pixel, everything else at a guess.
    mean : ndarray, shape (k,)
        Logarithm of the brightness where ``x`` is zero.
    factor : ndarray, shape (k, k)
        Cholesky factor of the covariance of that logarithm, for ``x`` of unit variance; lower triangular.

    Attributes
    ----------
    mode : ndarray, shape (k,)
        Most probable ``x`` of unit variance: where chains should start, with a spread of 1.

    Raises
    ------
    ModelError
        Columns, mean and factor are not of one size.

    References
    ----------
    Rasmussen & Williams 2006, section 3.4 (Laplace's approximation); for a profile seen by an interferometer, linear
    in the brightness, Jennings et al. 2020 (MNRAS 495, 3209).
    """

    name = "round"

    def __init__(self, vis: Visibilities, columns: NDArray[np.complex128], mean: Floats, factor: Floats) -> None:
        count = mean.size
        if columns.shape != (len(vis), count) or factor.shape != (count, count):
            raise ModelError(
                f"columns of shape {columns.shape} and a factor of shape {factor.shape} for {len(vis)} "
                f"visibilities and {count} logarithms"
            )
        white = columns.conj().T * vis.weight
        gram, seen = (white @ columns).real, (white @ vis.data).real
        potential = _Potential(gram, seen, mean, factor)
        self.mode = potential.mode()
        slope = potential.brightness(self.mode)[:, None] * factor
        known = slope.T @ gram @ slope + np.eye(count)
        self.axes = np.linalg.cholesky(np.linalg.inv(0.5 * (known + known.T)))

    def forward(self, value: Any, *_: Any) -> Any:
        """Return the coordinates of the process."""
        return pt.dot(np.linalg.inv(self.axes), value - self.mode)

    def backward(self, value: Any, *_: Any) -> Any:
        """Return the process."""
        return self.mode + pt.dot(self.axes, value)

    def log_jac_det(self, value: Any, *_: Any) -> Any:
        """Return the logarithm of the volume of processes per volume of coordinates: the same everywhere."""
        return pt.constant(np.log(np.diag(self.axes)).sum())


@dataclass(frozen=True, eq=False)
class _Potential:
    """``p'Gp/2 - s'p + x'x/2`` of ``p = exp(mean + F x)``: minus the logarithm of the density of ``x``."""

    gram: Floats
    seen: Floats
    mean: Floats
    factor: Floats

    def brightness(self, x: Floats) -> Floats:
        """Return ``p``."""
        return np.asarray(np.exp(self.mean + self.factor @ x))

    def value(self, x: Floats) -> float:
        """Return the potential."""
        p = self.brightness(x)
        return float(0.5 * p @ self.gram @ p - self.seen @ p + 0.5 * x @ x)

    def gradient(self, x: Floats) -> Floats:
        """Return its gradient, shape (k,)."""
        p = self.brightness(x)
        return np.asarray(self.factor.T @ (p * (self.gram @ p - self.seen)) + x)

    def hessian(self, x: Floats) -> Floats:
        """Return its second derivatives, shape (k, k); of both signs far from the mode."""
        p = self.brightness(x)
        inner = self.gram * np.outer(p, p) + np.diag(p * (self.gram @ p - self.seen))
        return np.asarray(self.factor.T @ inner @ self.factor + np.eye(x.size))

    def mode(self) -> Floats:
        """Return where it is lowest, downhill from the mean of the prior."""
        # where the curvature has both signs a trust region goes downhill all the same
        first = np.zeros(self.mean.size)
        found = minimize(self.value, first, jac=self.gradient, hess=self.hessian, method="trust-exact")
        return np.asarray(found.x)
