"""Products of model visibilities around closed loops, and noise that loops share."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from bayesim.data import Closures
from bayesim.likelihoods._baselines import OneDimension

__all__ = ["Loops"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Loops(OneDimension):
    """Likelihood of closures, each with its own density given those before it.

    A leaf says what a loop is made of, what its density is, and where a drawn value lies.
    """

    data: Closures

    @abstractmethod
    def _around(self, model: Any) -> Any:
        """Return the model's value of every loop, shape (n,), from visibilities, shape (2, k)."""

    @abstractmethod
    def _wrapped(self, value: Any) -> Any:
        """Return the value within the range of the quantity; NumPy in, NumPy out."""

    @abstractmethod
    def _density(self, residual: Any, sigma: Any) -> Any:
        """Return the log-density of independent residuals, shape (n,)."""

    def observe(self, name: str, model: Any, *, noise_scale: Any = 1.0) -> Any:
        """Add the observed closures to the model in context, with the one dimension of :attr:`coords`.

        Parameters
        ----------
        name : str
            Name of the observed variable.
        model : PyTensor variable, shape (2, k)
            Real and imaginary parts of the model visibilities at :attr:`baselines`, nowhere exactly zero.
        noise_scale : number or PyMC variable
            Factor on every sigma, positive.

        Returns
        -------
        PyMC variable
            The observed variable: radians, or dimensionless.
        """
        return pm.CustomDist(
            name,
            self._around(model),
            noise_scale,
            logp=self._log_density,
            random=self._draw,
            observed=self.data.value,
            dims=(self._dim,),
        )

    def _log_density(self, value: Any, mean: Any, scale: Any) -> Any:
        # what those before do not tell of each closure: the joint density is the product of the conditional ones
        own = self.data.whitening[:, -1]
        residual = self._wrapped(value - mean)[self.data.partner]
        return self._density(pt.sum((self.data.whitening / own[:, None]) * residual, axis=1), scale / own)

    def _draw(self, mean: Any, scale: Any, rng: Any = None, size: Any = None) -> Any:
        shape = np.broadcast_shapes(np.shape(mean), np.shape(scale)) if size is None else size
        return self._wrapped(mean + scale * _coloured(self.data, rng.standard_normal(shape)))


def _coloured(data: Closures, white: Floats) -> Floats:
    """Return noise with the covariance of the closures from independent unit noise, shape (..., n)."""
    # only predictive draws need it, and scipy.sparse takes a while to import
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import spsolve_triangular

    n, width = data.partner.shape
    rows = np.repeat(np.arange(n), width)
    lower = csr_array((data.whitening.ravel(), (rows, data.partner.ravel())), shape=(n, n))
    lower.eliminate_zeros()
    return np.asarray(spsolve_triangular(lower, white.reshape(-1, n).T, lower=True).T).reshape(white.shape)
