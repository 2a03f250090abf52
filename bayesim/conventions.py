r"""Signs, axes, units and weights, fixed once for the whole package.

Measurement equation
    ``V(u, v, w) = sum_p I_p exp(-2 pi i (u l_p + v m_p + w (n_p - 1)))`` with
    ``n = sqrt(1 - l^2 - m^2)``, ``l`` to the East and ``m`` to the North (direction cosines),
    ``I_p`` in Jy/pixel and ``u, v, w`` in wavelengths. No ``1/n`` factor unless it is asked for.
Weights
    ``weight = 1/sigma^2`` in 1/Jy^2, where ``sigma`` is the standard deviation of each *real component*;
    ``log L = sum_i ln(weight_i / 2 pi) - 1/2 sum_i weight_i |V_i - M_i|^2`` over one Hermitian half.
Images
    Arrays are ``image[row, column]``: rows run North (``m`` grows), columns run West (``l`` falls), so an
    array goes to FITS (``CDELT1 < 0``) and to ``imshow(origin="lower")`` as it is. Pixel ``N // 2`` of
    either axis is the centre.
Dirty image
    ``d = Re A^H W y`` in 1/Jy, not normalised: a point source of S Jy peaks at ``S * sum(weight)``.
Sparsity
    The LASSO is ``1/2 ||y - A x||_W^2 + lambda ||x||_1``; ``lambda`` (1/Jy) is the rate of the Laplace or
    exponential prior of the pixels.
"""

from typing import Final

import numpy as np
from astropy import units
from numpy.typing import NDArray

from bayesim.errors import GridError

__all__ = ["ARCSEC", "FOURIER_SIGN", "SPEED_OF_LIGHT", "radians", "w_phase_cosine"]

FOURIER_SIGN: Final = -1
"""Sign of the exponent of the measurement equation."""

SPEED_OF_LIGHT: Final = 299_792_458.0
"""Metres per second (SI, exact)."""

ARCSEC: Final = float(np.pi / 180 / 3600)
"""One second of arc in radians."""


def radians(angle: object) -> float:
    """Read an angle as radians.

    Parameters
    ----------
    angle : float, str or astropy Quantity
        A bare number is radians; a string or Quantity carries its unit (``"7 arcsec"``, ``"6deg"``).

    Returns
    -------
    float
        The angle in radians.

    Raises
    ------
    GridError
        The value is not an angle.
    """
    try:
        quantity = units.Quantity(angle)
        if quantity.unit == units.dimensionless_unscaled:
            quantity = quantity * units.rad
        return float(quantity.to_value(units.rad))
    except (TypeError, ValueError, units.UnitsError) as error:
        message = f"{angle!r} is not an angle: give radians, a string such as '7 arcsec', or a Quantity"
        raise GridError(message) from error


def w_phase_cosine(l: NDArray[np.float64], m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``n - 1 = sqrt(1 - l^2 - m^2) - 1`` without cancellation.

    Parameters
    ----------
    l, m : ndarray
        Direction cosines (broadcast together), ``l^2 + m^2 <= 1``.

    Returns
    -------
    ndarray
        ``n - 1``, in [-1, 0].
    """
    r2 = np.square(l) + np.square(m)
    return np.asarray(-r2 / (1.0 + np.sqrt(1.0 - r2)))
