"""Where a source is: the 95 % contour of its certificate and the Fisher ellipse of its PSF, side by side."""

from typing import Any

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray
from scipy import special

from bayesim.conventions import ARCSEC
from bayesim.maps._celestial import celestial
from bayesim.maps._islands import islands
from bayesim.maps._single_point import SinglePoint, single_point
from bayesim.maps.beams import Beam
from bayesim.operators import NormalEquations
from bayesim.sky import Grid
from bayesim.solvers import Refit, Solution

__all__ = ["GOOD", "position_contours"]

Floats = NDArray[np.float64]

_CORNERS = 64
"""Of the polygon that is a contour."""

_SMALLEST_RATE = 2.0
"""``lambda sigma_image`` below which noise bends the certificate more than the contour's depth (coverage 70 %)."""

_MISFIT = 5.0
"""What one point may leave of the data, in units of the noise, before it is called a blend."""

_TRUST = 0.1
"""Largest error of the interpolation, relative to the depth of the contour."""

GOOD = "region of one isolated point, from the certificate"
"""Status of a contour that is one."""

_NUMBERS = ("l", "m", "flux", "snr", "level", "contour_area", "ellipse_major", "ellipse_minor", "ellipse_pa",
            "ellipse_area")  # fmt: skip

_UNITS = {
    **dict.fromkeys(("l", "m", "ra", "dec", "contour_l", "contour_m", "ellipse_pa"), "deg"),
    **dict.fromkeys(("contour_area", "ellipse_area"), "arcsec2"),
    **dict.fromkeys(("ellipse_major", "ellipse_minor"), "arcsec"),
    "flux": "Jy",
}

_META = {
    "contour": "confidence region of the position of one isolated point from its certificate, valid for lambda >= 2 "
    "sigma; a fixed level of the certificate is none",
    "ellipse": "inverse Fisher matrix of one isolated point, from the PSF's curvature; semi-axes; any lambda",
    "not_included": "blends, extended sources, calibration errors",
}


def position_contours(
    solution: Solution,
    equations: NormalEquations,
    beam: Beam,
    *,
    refit: Refit | None = None,
    phase_centre: tuple[float, float] | None = None,
    prob: float = 0.95,
) -> Table:
    """List the sources of a solution, the brightest first, with two regions for the position of each.

    *Contour*: ``eta >= 1 - q / (2 SNR^2)``, q the ``prob`` quantile of chi^2 with 2 degrees of freedom (5.99), of the
    certificate of this source as **one** point of continuous position, all other sources held. It is a
    confidence region only while ``lambda sigma_image >= 2``; below, none is given. A fixed level such as 0.9
    is no such region: it has one size at every signal-to-noise ratio. *Ellipse*: covariance
    ``(-Hessian of the normalised PSF)^-1 / SNR^2``, the inverse Fisher matrix, independent of lambda. Both hold
    for an isolated point and thermal noise, and neither knows of calibration errors.

    Parameters
    ----------
    solution : Solution
        The mode.
    equations : NormalEquations
        The data it was found from.
    beam : Beam
        CLEAN beam: atoms within its minor axis are one source; the search goes as far as its major axis.
    refit : Refit or None
        De-biased fluxes, so that the other sources are held without the shrinkage of lambda.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    prob : float
        Probability of both regions, in (0, 1).

    Returns
    -------
    astropy.table.Table
        ``l, m, ra, dec`` (deg) and ``flux`` (Jy, not shrunk) of the point; ``snr``; ``level`` of the contour;
        ``contour_l, contour_m`` (deg, polygons of 64 corners, NaN without a contour); ``contour_area``
        (arcsec^2); ``ellipse_major, ellipse_minor`` (arcsec, semi-axes at ``prob``), ``ellipse_pa`` (deg East of
        North), ``ellipse_area``; ``contour_status`` says what the contour is or why there is none. Blends and
        extended sources, which one point does not explain to 5 sigma, and sources too near the edge have no ellipse.
    """
    labels, count = islands(solution, grow=0, reach=beam.minor / solution.grid.cell)
    where = labels.ravel()
    indices, fluxes, residual = solution.indices, solution.fluxes, solution.residual
    if refit is not None:
        indices, fluxes, residual = refit.indices, refit.fluxes, refit.residual
    reach = int(np.ceil(beam.major / solution.grid.cell)) + 2
    depth = float(special.chdtri(2, 1 - prob)) / 2
    # the shrinkage of the neighbours is left in the residual, up to lambda, unless they are refitted
    misfit = _MISFIT + (0.0 if refit is not None else solution.rate * solution.sigma_image)
    rows = []
    for number in range(1, count + 1):
        mine = where[indices] == number
        if mine.any():
            atoms, parts = indices[mine], fluxes[mine]
            point = single_point(equations, residual, atoms, parts, rate=solution.rate, reach=reach)
            rows.append(_row(solution.grid, atoms, parts, point, depth=depth, misfit=misfit))
    rows.sort(key=lambda row: -row["snr"] if np.isfinite(row["snr"]) else np.inf)
    return _table(rows, solution, phase_centre, prob=prob)


def _row(
    grid: Grid, atoms: NDArray[np.int64], fluxes: Floats, point: SinglePoint | None, *, depth: float, misfit: float
) -> dict[str, Any]:
    (l,), (m,) = grid.directions(atoms[[np.argmax(np.abs(fluxes))]])
    row: dict[str, Any] = dict.fromkeys(_NUMBERS, np.nan) | {"l": l, "m": m}
    row |= dict.fromkeys(("contour_l", "contour_m"), np.full(_CORNERS, np.nan))
    if point is None:
        return row | {"contour_status": "none: too near the edge of the image, or no single maximum"}
    # columns run West
    l, m = l - grid.cell * point.x, m + grid.cell * point.y
    row |= {"l": l, "m": m, "snr": point.snr, "flux": np.copysign(point.flux, fluxes.sum())}
    if (left := point.misfit()) > misfit:
        return row | {"contour_status": f"none: one point leaves {left:.1f} sigma, a blend or an extended source"}
    angles = 2 * np.pi * np.arange(_CORNERS) / _CORNERS
    radii, status = _outline(point, angles, depth=depth)
    area = 0.5 * np.sin(angles[1]) * float(np.sum(radii * np.roll(radii, -1))) * (grid.cell / ARCSEC) ** 2
    row |= {"level": 1 - depth / point.snr**2, "contour_area": area, "contour_status": status}
    row |= {"contour_l": l - grid.cell * radii * np.cos(angles), "contour_m": m + grid.cell * radii * np.sin(angles)}
    return row | _ellipse(point, depth=depth, scale=grid.cell / ARCSEC)


def _outline(point: SinglePoint, angles: Floats, *, depth: float) -> tuple[Floats, str]:
    """Return the contour's radii in pixels (NaN where there is none) and what is to be said of it."""
    nothing, noise = np.full(angles.size, np.nan), point.weight**-0.5
    if point.rate * noise < _SMALLEST_RATE * (1 - 1e-9):
        return nothing, (
            f"none: lambda is {point.rate * noise:.2g} sigma; below {_SMALLEST_RATE:g} sigma the contour would cover "
            "less than it says: use the ellipse"
        )
    if point.peak <= point.rate:
        return nothing, "none: the point alone does not reach lambda"
    level = 1 - depth / point.snr**2
    x, y = np.cos(angles), np.sin(angles)
    # the ellipse says how far to look; a contour beyond 4 times its radius is not closed round the source
    normal = np.column_stack([x, y])
    guess = np.sqrt(2 * (1 - level) / np.einsum("ni,ij,nj->n", normal, point.curvature(), normal))
    far = np.minimum(4 * guess, 0.5 * point.reach)
    steps = np.linspace(0.02, 1, 50)[:, None] * far
    below = point.certificate(steps * x, steps * y) < level
    if not below.any(axis=0).all():
        return nothing, "none: the contour does not close round the source"
    first = np.argmax(below, axis=0)
    high = steps[first, np.arange(angles.size)]
    low = high - 0.02 * far
    for _ in range(20):
        middle = (low + high) / 2
        inside = point.certificate(middle * x, middle * y) >= level
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    coarse = point.with_taps(point.seen.taps - 2).certificate(low * x, low * y)
    if float(np.abs(coarse - point.certificate(low * x, low * y)).max()) > _TRUST * (1 - level):
        return nothing, "none: the pixels under-sample the certificate at this SNR: use a smaller cell"
    return low, GOOD


def _ellipse(point: SinglePoint, *, depth: float, scale: float) -> dict[str, float]:
    """Return semi-axes in the unit of ``scale`` per pixel and position angle in degrees."""
    covariance = np.linalg.inv(point.curvature()) / point.snr**2
    (minor, major), axes = np.linalg.eigh(covariance)
    east, north = -axes[0, 1], axes[1, 1]
    angle = float(np.degrees(np.arctan2(east, north)))
    radii = [float(np.sqrt(2 * depth * value)) * scale for value in (major, minor)]
    return {
        "ellipse_major": radii[0],
        "ellipse_minor": radii[1],
        "ellipse_pa": angle - 180 * np.ceil(angle / 180 - 0.5),
        "ellipse_area": float(np.pi * radii[0] * radii[1]),
    }


def _table(
    rows: list[dict[str, Any]], solution: Solution, phase_centre: tuple[float, float] | None, *, prob: float
) -> Table:
    l, m = (np.array([row[name] for row in rows], dtype=float) for name in ("l", "m"))
    ra, dec = celestial(l, m, phase_centre)
    table = Table(meta=_META | {"prob": prob, "lambda_over_sigma": solution.rate * solution.sigma_image})
    table["l"], table["m"], table["ra"], table["dec"] = np.degrees(l), np.degrees(m), ra, dec
    for name in (*_NUMBERS[2:], "contour_l", "contour_m"):
        shape = (-1, _CORNERS) if name in ("contour_l", "contour_m") else (-1,)
        table[name] = np.array([row[name] for row in rows], dtype=float).reshape(shape)
    for name in ("contour_l", "contour_m"):
        table[name] = np.degrees(table[name])
    for name, unit in _UNITS.items():
        table[name].unit = unit
    table["contour_status"] = np.array([row["contour_status"] for row in rows], dtype=str)
    return table
