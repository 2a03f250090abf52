"""De-biased refit of a LASSO in a dictionary: least squares on its atoms, completed where the residual asks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.errors import ModelError
from bayesim.operators._contract import NormalEquations, Residual
from bayesim.operators.dictionary import Dictionary
from bayesim.solvers._active_set import minimise
from bayesim.solvers._synthesised import Synthesised
from bayesim.solvers.synthesis import Synthesis

__all__ = ["SynthesisRefit", "refit_synthesis"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_NEIGHBOURS = 5
"""Pixels within which one atom of a scale enters at a time."""

_ROUNDS = 30
_SETTLED = 1e-4
"""Change of the fluxes, relative to their sum, at which the refit has arrived."""

_RANK = 1e-10
"""Eigenvalues of the Gram matrix below this fraction of the largest are left out of its inverse."""


@dataclass(frozen=True, eq=False)
class SynthesisRefit:
    """Least-squares coefficients of atoms.

    Parameters
    ----------
    indices : ndarray of int64, shape (k,)
        Flat indices into the (scales, rows, columns) coefficients.
    coefficients : ndarray, shape (k,)
        Times the weights of the scales: Jy.
    covariance : ndarray, shape (k, k)
        Inverse of the Gram matrix: the noise of the coefficients *given that the atoms are right*.
    image : ndarray, shape (rows, columns)
        The sky in Jy/pixel.
    residual : ndarray, shape (rows, columns)
        ``A^T W (y - A x)`` in 1/Jy.
    residual_energy : float
        ``||y - A x||_W^2``.
    added : int
        Atoms that were added to the LASSO's.
    dictionary : Dictionary
        The atoms.
    label : str
        What the fluxes and errors are.
    """

    indices: Indices
    coefficients: Floats
    covariance: Floats
    image: Floats
    residual: Floats
    residual_energy: float
    added: int
    dictionary: Dictionary
    label: str

    @property
    def total_flux(self) -> float:
        """Sum of the image in Jy."""
        return float(self.image.sum())

    @property
    def total_flux_error(self) -> float:
        """Thermal standard error of the total flux in Jy, given the atoms: what no atom covers is missing."""
        flux = np.asarray(self.dictionary.weights)[self.indices // int(np.prod(self.dictionary.shape))]
        return float(np.sqrt(flux @ self.covariance @ flux))


def refit_synthesis(
    equations: NormalEquations, solution: Synthesis, *, psf: Floats, sigmas: float = 4.0
) -> SynthesisRefit:
    """Fit the atoms of a solution without penalty; non-negative coefficients stay non-negative.

    The LASSO shrinks every atom and leaves out what is fainter than lambda on its scale. The refit takes the
    shrinkage back; then atoms of any scale whose inner product with the residual exceeds ``sigmas`` times its thermal
    noise are added and all are fitted again, until none is left.

    Parameters
    ----------
    equations : NormalEquations
        The data the solution was found from.
    solution : Synthesis
        Its atoms are the start.
    psf : ndarray, shape (2 rows, 2 columns)
        As in :func:`~bayesim.solvers.solve_synthesis`; where it is approximate the fit is repeated on the exact
        residual until it settles.
    sigmas : float
        Threshold in standard deviations of an atom's noise; ``inf`` adds nothing.

    Returns
    -------
    SynthesisRefit
        Image, residual, total flux.

    Raises
    ------
    ModelError
        The solution is empty, or the threshold is not positive.
    """
    indices, values = solution.coefficients.indices, solution.coefficients.fluxes
    if not indices.size:
        raise ModelError("the solution is empty: nothing to refit (lambda is at or above lambda_max)")
    if not sigmas > 0:
        raise ModelError(f"sigmas {sigmas} must be positive; inf adds no atoms")
    inner = Synthesised(equations, solution.dictionary, psf)
    positive = not np.isfinite(solution.coefficients.prior.value(np.array([-1.0])))
    noise = _noise(inner)
    seen = solution.dictionary.analyse(solution.sky.residual).reshape(inner.grid.shape)
    residual = Residual(image=seen, energy=solution.sky.residual_energy)
    for _ in range(_ROUNDS):
        before = inner.image(indices, values)
        indices, values = _fitted(inner, residual, indices, values, positive=positive)
        residual = inner.residual(indices, values)
        new = _significant(inner, residual, noise, sigmas, positive=positive)
        new = np.setdiff1d(new, indices)
        change = np.abs(inner.image(indices, values) - before).sum()
        if not new.size and change <= _SETTLED * np.abs(before).sum():
            break
        indices, values = np.concatenate([indices, new]), np.concatenate([values, np.zeros(new.size)])
    return _assembled(inner, solution, indices, values, sigmas)


def _fitted(
    inner: Synthesised, residual: Residual, indices: Indices, values: Floats, *, positive: bool
) -> tuple[Indices, Floats]:
    gram = inner.gram(indices, indices)
    linear = residual.image.ravel()[indices] + gram @ values
    fit = minimise(gram, linear, rate=0.0, positive=positive, start=values).values
    keep = np.flatnonzero(fit)
    return indices[keep], fit[keep]


def _noise(inner: Synthesised) -> Floats:
    """Thermal noise of ``K^T A^T W y`` in 1/Jy of every scale, shape (scales, 1, 1)."""
    size = int(np.prod(inner.dictionary.shape))
    centre = np.array([size // 2 + inner.dictionary.shape[1] // 2])
    variance = [inner.gram(centre + s * size, centre + s * size)[0, 0] for s in range(inner.dictionary.scales)]
    return np.sqrt(np.array(variance))[:, None, None]


def _significant(inner: Synthesised, residual: Residual, noise: Floats, sigmas: float, *, positive: bool) -> Indices:
    """Local maxima of the residual over all scales, in units of the noise, above the threshold."""
    planes = residual.image.reshape(inner.dictionary.scales, *inner.dictionary.shape) / noise
    height = planes if positive else np.abs(planes)
    crest = ndimage.maximum_filter(height, size=(inner.dictionary.scales, _NEIGHBOURS, _NEIGHBOURS), mode="nearest")
    return np.flatnonzero((height == crest) & (height > sigmas))


def _assembled(
    inner: Synthesised, solution: Synthesis, indices: Indices, values: Floats, sigmas: float
) -> SynthesisRefit:
    order = np.argsort(indices)
    indices, values = indices[order], values[order]
    image = inner.image(indices, values)
    left = inner.of_image(image)
    added = int(np.setdiff1d(indices, solution.coefficients.indices).size)
    return SynthesisRefit(
        indices=indices,
        coefficients=values,
        covariance=np.linalg.pinv(inner.gram(indices, indices), rcond=_RANK, hermitian=True),
        image=image,
        residual=left.image,
        residual_energy=left.energy,
        added=added,
        dictionary=solution.dictionary,
        label=(
            f"least squares on the atoms of the LASSO ({solution.dictionary.label}) and {added} more above "
            f"{sigmas:g} sigma of the residual; errors conditional on the atoms"
        ),
    )
