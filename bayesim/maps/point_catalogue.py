"""A table of sources that lie off the grid, with position ellipses, in the columns of the other catalogue."""

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray
from scipy import special

from bayesim.conventions import ARCSEC
from bayesim.errors import ModelError
from bayesim.maps._celestial import celestial
from bayesim.maps._ellipse import ellipses
from bayesim.solvers import PointSources

__all__ = ["point_catalogue"]

Floats = NDArray[np.float64]

_UNITS = {
    **dict.fromkeys(("l", "m", "l_sd", "m_sd", "ra", "dec", "ellipse_pa"), "deg"),
    **dict.fromkeys(("flux", "flux_sd", "flux_low", "flux_high"), "Jy"),
    **dict.fromkeys(("ellipse_major", "ellipse_minor"), "arcsec"),
}


def point_catalogue(sources: PointSources, *, prob: float = 0.95) -> Table:
    """List the sources of an off-grid fit, the most significant first.

    Parameters
    ----------
    sources : PointSources
        From :class:`~bayesim.solvers.OffGrid`.
    prob : float
        Probability of the flux intervals and of the position ellipses, in (0, 1).

    Returns
    -------
    astropy.table.Table
        ``l, m, l_sd, m_sd, ra, dec`` (deg; ra and dec NaN without a phase centre), ``flux, flux_sd, flux_low,
        flux_high`` (Jy), ``significance`` (flux over flux_sd), ``ellipse_major, ellipse_minor`` (semi-axes, arcsec of
        direction cosine), ``ellipse_pa`` (deg, from North through East, in (-90, 90]) and ``label``. Errors come from
        the joint Fisher matrix and are conditional on the support. Can be written by
        :func:`~bayesim.maps.write_catalogue`.

    Raises
    ------
    ModelError
        ``prob`` is not in (0, 1).
    """
    if not 0 < prob < 1:
        raise ModelError(f"prob {prob} must lie between 0 and 1")
    flux_sd, l_sd, m_sd = sources.standard_errors
    width = float(special.ndtri(0.5 + prob / 2)) * flux_sd
    ra, dec = celestial(sources.l, sources.m, sources.phase_centre)
    major, minor, angle = ellipses(sources.position_covariance, prob=prob)
    columns = {
        "l": np.degrees(sources.l),
        "m": np.degrees(sources.m),
        "l_sd": np.degrees(l_sd),
        "m_sd": np.degrees(m_sd),
        "ra": ra,
        "dec": dec,
        "flux": sources.flux,
        "flux_sd": flux_sd,
        "flux_low": sources.flux - width,
        "flux_high": sources.flux + width,
        "significance": np.abs(sources.flux) / flux_sd,
        "ellipse_major": major / ARCSEC,
        "ellipse_minor": minor / ARCSEC,
        "ellipse_pa": np.degrees(angle),
    }
    order = np.argsort(-columns["significance"], kind="stable")
    table = Table({name: values[order] for name, values in columns.items()}, units=_UNITS, meta=_meta(sources, prob))
    table["label"] = np.full(sources.size, sources.label)
    return table


def _meta(sources: PointSources, prob: float) -> dict[str, object]:
    known = "ICRS, SIN projection"
    return {
        "sigma_image_Jy": sources.sigma_image,
        "prob": prob,
        "reduced_chi2": sources.reduced_chi2,
        "converged": sources.converged,
        "positions": known if sources.phase_centre is not None else "phase centre unknown: ra and dec are NaN",
        "offsets": "l to the East, m to the North of the phase centre, direction cosines in degrees",
        "position_errors": "joint Fisher matrix of all fluxes and positions, conditional on the support",
    }
