"""LASSO in a synthesis dictionary: diffuse emission as few atoms of several sizes, with a certificate per scale."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.operators._contract import NormalEquations
from bayesim.operators.dictionary import Dictionary
from bayesim.priors import Prior
from bayesim.solvers._solution import Solution
from bayesim.solvers._synthesised import Synthesised
from bayesim.solvers.polyclean import PolyClean

__all__ = ["Synthesis", "solve_synthesis"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Synthesis:
    """A sky ``x = K c`` whose coefficients ``c`` solve the LASSO.

    Parameters
    ----------
    sky : Solution
        The image: its pixels in Jy, its residual on the image plane, objective and gap of the problem in ``c``.
        Every map can be drawn from it. Its ``certificate`` is that of single pixels.
    coefficients : Solution
        What the solver returned: ``indices`` into the flattened (scales, rows, columns) coefficients, ``fluxes``
        their values; an atom's flux in Jy is its coefficient times the weight of its scale.
    dictionary : Dictionary
        ``K``.
    """

    sky: Solution
    coefficients: Solution
    dictionary: Dictionary

    @property
    def image(self) -> Floats:
        """The sky in Jy/pixel, shape (rows, columns)."""
        return self.sky.image

    @property
    def values(self) -> dict[str, Floats]:
        """The sky by the name of its variable; the coefficients are the dictionary's own."""
        return self.sky.values

    @property
    def objective(self) -> float:
        """``1/2 ||y - A K c||_W^2 + lambda ||c||_1``, dimensionless."""
        return self.sky.objective

    @property
    def gap(self) -> float:
        """Its duality gap."""
        return self.sky.gap

    @property
    def converged(self) -> bool:
        """Whether the gap asked for was reached."""
        return self.sky.converged

    @property
    def reason(self) -> str:
        """Why the solver stopped."""
        return self.sky.reason

    @property
    def label(self) -> str:
        """What the image is."""
        return self.sky.label

    @cached_property
    def planes(self) -> Floats:
        """The sky's share of every scale in Jy/pixel, shape (scales, rows, columns); they add to the image."""
        parts = np.zeros((self.dictionary.scales, *self.dictionary.shape))
        for scale, plane in enumerate(self._scales_of(self.coefficients.image)):
            alone = np.zeros_like(parts)
            alone[scale] = plane
            parts[scale] = self.dictionary.synthesise(alone)
        return parts

    @cached_property
    def certificate(self) -> Floats:
        """Dual certificate of every atom, dimensionless, shape (scales, rows, columns); 0 where there is no atom."""
        return self._scales_of(self.coefficients.certificate)

    @property
    def max_certificate(self) -> float:
        """Largest value of the certificate: 1 at the optimum of a sky that is not empty."""
        return self.coefficients.max_certificate

    def _scales_of(self, tall: Floats) -> Floats:
        return tall.reshape(self.dictionary.scales, *self.dictionary.shape)


def solve_synthesis(
    equations: NormalEquations,
    prior: Prior,
    dictionary: Dictionary,
    *,
    psf: Floats,
    solver: PolyClean | None = None,
    start: Synthesis | None = None,
) -> Synthesis:
    """Solve ``min 1/2 ||y - A K c||_W^2 + lambda ||c||_1``.

    Parameters
    ----------
    equations : NormalEquations
        Data fit of the image.
    prior : Prior
        Of the coefficients, fixed rate. With :class:`~bayesim.priors.PositiveLaplace` and positive atoms the sky is
        positive.
    dictionary : Dictionary
        From :func:`~bayesim.operators.gaussians` or :func:`~bayesim.operators.starlet`.
    psf : ndarray, shape (2 rows, 2 columns)
        ``statistics.psf`` (:func:`~bayesim.operators.measure`), from which Gram entries are looked up. Where w terms
        or a response make it approximate it only steers: residual, gap and certificate come from ``equations``.
    solver : PolyClean, optional
        Of the coefficients.
    start : Synthesis, optional
        Warm start in the same dictionary.

    Returns
    -------
    Synthesis
        Sky, coefficients, certificate and gap.

    Raises
    ------
    GridError
        Dictionary or PSF do not fit the equations' grid.
    ModelError
        The rate is to be inferred.
    """
    if dictionary.shape != equations.grid.shape:
        raise GridError(
            f"the dictionary is made for images of {dictionary.shape}, the grid has {equations.grid.shape}"
        )
    doubled = tuple(2 * n for n in equations.grid.shape)
    if psf.shape != doubled:
        raise GridError(f"psf has shape {psf.shape}, Gram entries need all pixel differences: {doubled}")
    inner = Synthesised(equations, dictionary, psf)
    found = (PolyClean() if solver is None else solver).solve(
        inner, prior, start=None if start is None else start.coefficients
    )
    label = f"maximum a posteriori (LASSO in a dictionary: {dictionary.label})"
    image = inner.image(found.indices, found.fluxes)
    pixels = np.flatnonzero(image)
    sky = replace(
        found,
        grid=equations.grid,
        indices=pixels,
        fluxes=image.ravel()[pixels],
        fit=inner.of_image(image),
        label=label,
    )
    return Synthesis(sky=sky, coefficients=replace(found, label=f"coefficients, {label}"), dictionary=dictionary)
