"""Regulariser strengths of MPoL, ehtim and PolyCLEAN as rates of bayesim's priors.

Every package minimises a misfit plus ``strength * regulariser``; bayesim's misfit is ``1/2 chi^2`` (the negative
log-likelihood), so its rate is the strength times ``1/2 chi^2`` over the package's misfit, times the ratio of the
regularisers on the same sky. The rate is the same number that stands in the prior's density: it has units.
"""

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import radians
from bayesim.errors import ModelError
from bayesim.priors._numbers import check_positive

__all__ = ["rate_from_ehtim", "rate_from_mpol", "rate_from_polyclean", "rate_from_polyclean_factor"]

_ARCSEC = np.pi / 180 / 3600
"""Radians; MPoL's images are in Jy/arcsec^2."""


def rate_from_mpol(strength: float, *, n_visibilities: int, cell: object, degree: int) -> float:
    """Return the rate of the prior whose value is an MPoL loss, for an objective ``r_chi_squared + strength * loss``.

    ``r_chi_squared = chi^2 / (2 N)``, so ``rate = strength N / c^(2 degree)``, ``c`` the cell in arcseconds, which
    turns Jy/arcsec^2 into Jy/pixel.

    Parameters
    ----------
    strength : float
        MPoL's lambda.
    n_visibilities : int
        ``N``, the length of the data given to ``r_chi_squared`` (gridded: the number of cells used).
    cell : float, str or Quantity
        Side of a pixel; a bare number is radians.
    degree : int
        Power of the image in the loss: 1 for ``sparsity``, ``TV_image``, ``TV_channel`` and ``entropy`` (give
        ``strength / tot_flux``, and the prior ``default = prior_intensity c^2``); 2 for ``TSV`` and ``edge_clamp``; 0
        for ``UV_sparsity`` and ``PSD``, which see visibilities in Jy (for ``PSD`` over all pixels of the uv plane,
        multiply by ``n_pixel / cell^2``, cell in radians: :class:`bayesim.priors.GaussianField` with ``floor = 0``).

    Returns
    -------
    float
        In 1/Jy^degree (1/Jy for ``UV_sparsity``, 1/Jy^2 for ``PSD``).

    Raises
    ------
    ModelError
        A number is not positive, or the degree is none of these.

    References
    ----------
    MPoL 0.3, ``mpol.losses``. Under ``neg_log_likelihood_avg = chi^2 / (4 N) + const`` give ``2 N``.
    """
    check_positive(strength=strength, n_visibilities=n_visibilities)
    if degree not in (0, 1, 2):
        raise ModelError(f"degree {degree} must be 0, 1 or 2: the power of the image in the loss")
    return strength * n_visibilities / (radians(cell) / _ARCSEC) ** (2 * degree)


def rate_from_ehtim(strength: float, *, data_weight: float, n_visibilities: int, norm: float = 1.0) -> float:
    """Return the rate for an objective ``data_weight (chi^2 - 1) + strength * regulariser / norm`` of ehtim.

    Its ``chi^2`` of complex visibilities is divided by ``2 N`` and its images are in Jy/pixel, so
    ``rate = strength N / (data_weight norm)``.

    Parameters
    ----------
    strength, data_weight : float
        ``alpha_s1`` and ``alpha_d1`` of ``imager_func``; values of ``reg_term`` and ``data_term`` of ``Imager``.
    n_visibilities : int
        ``N``.
    norm : float
        1 with ``norm_reg = False``. With ``norm_reg = True``, ``F`` the flux in Jy, ``p`` the pixel and ``b`` the
        beam size in radians: ``F`` for ``l1`` (Laplace) and ``simple`` (MaximumEntropy); ``F p / b`` for ``tv``;
        ``F^2 p^4 / b^4`` for ``tv2`` (TSV).

    Returns
    -------
    float
        In 1/Jy; in 1/Jy^2 for ``tv2``.

    Raises
    ------
    ModelError
        A number is not positive.

    Notes
    -----
    ehtim's ``tv`` and ``tv2`` also count the steps from the last row and column to an empty sky outside.

    References
    ----------
    eht-imaging, ``ehtim/imaging/imager_utils.py``: ``imager_func``, ``chisq_vis``, ``sl1``, ``ssimple``, ``stv``,
    ``stv2``.
    """
    check_positive(strength=strength, data_weight=data_weight, n_visibilities=n_visibilities, norm=norm)
    return strength * n_visibilities / (data_weight * norm)


def rate_from_polyclean(strength: float, *, weight: NDArray[np.float64]) -> float:
    """Return the rate of ``Laplace`` or ``PositiveLaplace`` for PolyCLEAN's ``1/2 ||y - A x||^2 + strength ||x||_1``.

    The reference code knows no weights, so its misfit is ``chi^2 / (2 w)`` and ``rate = strength w``, if there is one
    ``w``.

    Parameters
    ----------
    strength : float
        ``lambda_`` in Jy.
    weight : ndarray
        Weights ``w = 1/sigma^2`` in 1/Jy^2.

    Raises
    ------
    ModelError
        Weights differ: then the two problems have different solutions whatever the rate.

    References
    ----------
    Jarret, Fageot & Simeoni 2022 (IEEE SPL 29, 637); ``polyclean/polyclean.py``, whose operator divides by ``n``.
    """
    check_positive(strength=strength)
    low, high = float(np.min(weight)), float(np.max(weight))
    if not (low > 0 and high - low <= 1e-9 * high):
        raise ModelError(
            f"weights from {low:.3g} to {high:.3g} 1/Jy^2 differ, and PolyCLEAN ignores weights: no rate gives "
            "the same image; use rate_from_polyclean_factor() for the same fraction of lambda_max"
        )
    return strength * high


def rate_from_polyclean_factor(factor: float, *, dirty: NDArray[np.float64]) -> float:
    """Return ``factor * max |dirty|`` (1/Jy), PolyCLEAN's ``lambda_factor`` of the weighted dirty image.

    Parameters
    ----------
    factor : float
        ``lambda_factor``, in (0, 1).
    dirty : ndarray
        Dirty image in 1/Jy (:attr:`bayesim.operators.Coplanar.dirty`).

    Raises
    ------
    ModelError
        The factor is not positive.

    Notes
    -----
    PolyCLEAN takes the largest absolute value under positivity too.
    """
    check_positive(factor=factor)
    return factor * float(np.abs(dirty).max())
