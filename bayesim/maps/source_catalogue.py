"""A catalogue from the posterior of sources: probability, flux with its interval, position, or an upper limit."""

from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray

from bayesim.conventions import ARCSEC
from bayesim.errors import ModelError
from bayesim.maps._celestial import celestial
from bayesim.maps._ellipse import ellipses
from bayesim.maps.intervals import hdi
from bayesim.solvers import Solution
from bayesim.solvers.candidates import LISTED

if TYPE_CHECKING:
    from xarray import DataTree

__all__ = ["source_catalogue"]

Floats = NDArray[np.float64]

_SMALLEST = 0.01
"""Probability below which nothing is said: such candidates are counted in the table's notes."""

_UNITS = {
    **dict.fromkeys(("l", "m", "l_sd", "m_sd", "ra", "dec", "ellipse_pa"), "deg"),
    **dict.fromkeys(("flux", "flux_sd", "flux_low", "flux_high"), "Jy"),
    **dict.fromkeys(("ellipse_major", "ellipse_minor"), "arcsec"),
}


def source_catalogue(
    tree: "DataTree",
    *,
    solution: Solution | None = None,
    phase_centre: tuple[float, float] | None = None,
    prob: float = 0.95,
) -> Table:
    """List the sources of a posterior, the most probable and then the brightest first.

    Parameters
    ----------
    tree : DataTree
        From :func:`bayesim.samplers.gibbs.sample`.
    solution : Solution, optional
        For the certificate of the pixel that a source lies in.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    prob : float
        Probability of intervals, upper limits and ellipses, in (0, 1).

    Returns
    -------
    astropy.table.Table
        ``l, m, l_sd, m_sd, ra, dec`` (deg; ra and dec NaN without a phase centre), ``flux, flux_sd, flux_low,
        flux_high`` (Jy), ``significance`` (flux over flux_sd), ``probability`` (that there is a source),
        ``ellipse_major, ellipse_minor`` (semi-axes, arcsec of direction cosine), ``ellipse_pa`` (deg, from North
        through East), ``peak_certificate`` and ``label``. Of a source (probability above 0.5) flux and interval (HDI)
        are given that it is there; of the others ``flux`` is the mean with absence counted as zero, and ``flux_high``
        the upper limit.

    Raises
    ------
    ModelError
        The tree holds no sources, or ``prob`` is not in (0, 1).
    """
    if not 0 < prob < 1:
        raise ModelError(f"prob {prob} must lie between 0 and 1")
    if "included" not in tree["posterior"].data_vars:
        raise ModelError("the posterior has no variable 'included': sample it with bayesim.samplers.gibbs")
    flux, l, m = (_flat(tree, name) for name in ("flux", "l", "m"))
    probability = np.mean(flux > 0, axis=0)
    order = np.lexsort((-flux.mean(axis=0), probability < LISTED))
    order = order[probability[order] >= _SMALLEST]
    rows = [_row(flux[:, j], l[:, j], m[:, j], prob=prob) for j in order]
    names = (
        "l",
        "m",
        "l_sd",
        "m_sd",
        "flux",
        "flux_sd",
        "flux_low",
        "flux_high",
        "major",
        "minor",
        "angle",
        "chance",
    )
    found = dict(zip(names, np.array(rows, dtype=np.float64).reshape(-1, len(names)).T, strict=True))
    ra, dec = celestial(found["l"], found["m"], phase_centre)
    columns: dict[str, Any] = {
        **{name: np.degrees(found[name]) for name in ("l", "m", "l_sd", "m_sd")},
        "ra": ra,
        "dec": dec,
        **{name: found[name] for name in ("flux", "flux_sd", "flux_low", "flux_high")},
        "significance": found["flux"] / found["flux_sd"],
        "probability": found["chance"],
        "ellipse_major": found["major"] / ARCSEC,
        "ellipse_minor": found["minor"] / ARCSEC,
        "ellipse_pa": np.degrees(found["angle"]),
        "peak_certificate": _certificates(solution, found["l"], found["m"]),
    }
    meta = _meta(tree, prob=prob, left_out=int(np.count_nonzero(probability < _SMALLEST)), known=phase_centre)
    table = Table(columns, units=_UNITS, meta=meta)
    interval = f"given that it is there: mean flux and {100 * prob:g} % HDI, posterior of point sources"
    limit = f"no source: mean flux and {100 * prob:g} % upper limit, absence counted as zero"
    table["label"] = np.where(found["chance"] > LISTED, interval, limit)
    return table


def _flat(tree: "DataTree", name: str) -> Floats:
    draws = tree["posterior"][name].transpose("chain", "draw", "source")
    shape = draws.sizes["chain"] * draws.sizes["draw"], draws.sizes["source"]
    return np.asarray(draws.values, dtype=np.float64).reshape(shape)


def _row(flux: Floats, l: Floats, m: Floats, *, prob: float) -> tuple[float, ...]:
    """Return what one candidate's draws say, in the order of the names above."""
    there = flux > 0
    chance = float(there.mean())
    if chance > LISTED:
        flux = flux[there]
        low, high = (float(end[0]) for end in hdi(flux[:, None], prob=prob))
    else:
        low, high = 0.0, float(np.quantile(flux, prob))
    # one draw has no spread: a singular covariance, whose ellipse is a point
    places = np.stack([l[there], m[there]])
    covariance = np.cov(places) if there.sum() > 1 else np.zeros((2, 2))
    major, minor, angle = (float(x[0]) for x in ellipses(covariance[None], prob=prob))
    centre, spread = places.mean(axis=1), np.sqrt(np.diag(covariance))
    return (*centre, *spread, float(flux.mean()), float(flux.std(ddof=1)), low, high, major, minor, angle, chance)


def _certificates(solution: Solution | None, l: Floats, m: Floats) -> Floats:
    if solution is None or not l.size:
        return np.full(l.size, np.nan)
    grid = solution.grid
    rows, columns = grid.shape
    column = np.rint((grid.l[0] - l) / grid.cell).astype(np.int64).clip(0, columns - 1)
    row = np.rint((m - grid.m[0]) / grid.cell).astype(np.int64).clip(0, rows - 1)
    return np.asarray(solution.fit.at(row * columns + column) / solution.rate)


def _meta(tree: "DataTree", *, prob: float, left_out: int, known: tuple[float, float] | None) -> dict[str, object]:
    return {
        "sigma_image_Jy": float(tree["constant_data"]["sum_weight"]) ** -0.5,
        "prob": prob,
        "left_out": f"{left_out} candidates of probability below {_SMALLEST:g}",
        "model": str(tree.attrs["label"]),
        "positions": "ICRS, SIN projection" if known is not None else "phase centre unknown: ra and dec are NaN",
        "offsets": "l to the East, m to the North of the phase centre, direction cosines in degrees",
        "position_errors": "posterior standard deviations, given that the source is there",
    }
