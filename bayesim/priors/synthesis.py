"""Synthesis prior: the image is a sum of atoms of several sizes, and their coefficients are the free variables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators.dictionary import Dictionary
from bayesim.priors._dims import shape_of
from bayesim.priors._fourier import both_axes
from bayesim.priors._image_prior import ImagePrior

__all__ = ["SynthesisPrior"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SynthesisPrior:
    """``x = K c`` with independent coefficients ``c``: the *synthesis* form of sparsity on several scales.

    Parameters
    ----------
    coefficients : ImagePrior
        Prior of every coefficient, with its rate: :class:`~bayesim.priors.Laplace`, or
        :class:`~bayesim.priors.PositiveLaplace`, which makes a positive sky of positive atoms.
    dictionary : Dictionary
        ``K``: :func:`bayesim.operators.gaussians` or :func:`bayesim.operators.starlet`.

    Notes
    -----
    Bayesian side only, one free variable ``{name}_coefficients`` with the dimension ``{name}_atom``: all scales one
    after the other, row-major, atoms that lie wholly inside the image. The normaliser is that of the coefficients, so
    with ``k`` Laplace coefficients the power of the rate is exactly ``k``: it can be inferred. It is the rate of the
    coefficients, and says nothing of pixels. The mode of a fixed rate, with a certificate, is
    :func:`bayesim.solvers.solve_synthesis` with the same coefficients' prior and dictionary. The density of the image
    itself has no closed form, so there is no prox of the image. Without the scale of single pixels the border of the
    image holds no atom and stays empty.

    References
    ----------
    Elad, Milanfar & Rubinstein 2007 (Inverse Problems 23, 947), analysis against synthesis.
    """

    coefficients: ImagePrior
    dictionary: Dictionary

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the coefficients to the model in context and return the image (Jy/pixel), dims (rows, columns).

        Raises
        ------
        ModelError
            The dims are not those of the dictionary's images.
        """
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        if shape_of(dims) != self.dictionary.shape:
            raise ModelError(
                f"dims {dims} are {shape_of(dims)}, the dictionary makes images of {self.dictionary.shape}"
            )
        atom, corners = f"{name}_atom", self._corners()
        pm.modelcontext(None).add_coord(atom, np.arange(corners[-1]))
        free = self.coefficients.variable(f"{name}_coefficients", dims=(atom,))
        return pm.Deterministic(name, sum(self._scales(free)), dims=dims)

    def flattened(self, planes: Floats) -> Floats:
        """Return the coefficients of atoms that lie inside the image as the free variable holds them.

        Parameters
        ----------
        planes : ndarray, shape (scales, rows, columns)
            Such as the coefficients of a :class:`bayesim.solvers.Synthesis`, reshaped.
        """
        return np.concatenate([plane[self.dictionary.inside(scale)] for scale, plane in enumerate(planes)])

    def parts(self, flat: Floats) -> Floats:
        """Return the share of every scale in the image (Jy/pixel), shape (scales, rows, columns), of one draw."""
        return np.array(self._scales(np.asarray(flat, dtype=np.float64)))

    def _corners(self) -> list[int]:
        counts = [int(np.prod(self._inner(scale))) for scale in range(self.dictionary.scales)]
        return [0, *np.cumsum(counts).tolist()]

    def _inner(self, scale: int) -> tuple[int, int]:
        rows, columns = (n - self.dictionary.profiles[scale].size + 1 for n in self.dictionary.shape)
        return rows, columns

    def _scales(self, flat: Any) -> list[Any]:
        """Return one image per scale: atoms are products of profiles, so each is a product of three matrices."""
        corners, (rows, columns) = self._corners(), self.dictionary.shape
        return [
            self.dictionary.weights[scale]
            * both_axes(
                _placed(profile, rows),
                flat[corners[scale] : corners[scale + 1]].reshape(self._inner(scale)),
                _placed(profile, columns),
            )
            for scale, profile in enumerate(self.dictionary.profiles)
        ]


def _placed(profile: Floats, n: int) -> Floats:
    """Return the matrix (n, n - size + 1) whose columns hold the profile at every place inside n pixels."""
    places = n - profile.size + 1
    matrix = np.zeros((n, places))
    for place in range(places):
        matrix[place : place + profile.size, place] = profile
    return matrix
