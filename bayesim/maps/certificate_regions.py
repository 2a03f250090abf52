"""The provable saturation set as a list of regions."""

from typing import Any

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.conventions import ARCSEC
from bayesim.maps._celestial import celestial
from bayesim.maps._islands import island_sizes, island_sums
from bayesim.maps._proof import LARGEST, indispensable
from bayesim.maps.beams import Beam
from bayesim.operators import NormalEquations
from bayesim.solvers import Solution

__all__ = ["certificate_regions", "region_labels"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

_ROUNDING = 1e-9
"""Added to R."""

_UNITS = {"area": "arcsec2", "flux": "Jy", **dict.fromkeys(("l", "m", "peak_l", "peak_m", "ra", "dec"), "deg")}


def region_labels(solution: Solution) -> tuple[Labels, int]:
    """Return the connected regions (8 neighbours) of ``eta >= 1 - R`` and their number.

    Returns
    -------
    labels : ndarray of int64, shape (rows, columns)
        0 outside, else 1 to ``count``, as the column ``region`` of :func:`certificate_regions`.
    count : int
        Number of regions; 1, the whole image, where R proves nothing.
    """
    # a gap of zero by rounding gives R = 0, while the certificate of an atom may be 1 - 4e-16
    mask = solution.certificate >= 1.0 - solution.radius - _ROUNDING
    labels, count = ndimage.label(mask, structure=np.ones((3, 3), dtype=np.int64))
    return np.asarray(labels, dtype=np.int64), int(count)


def certificate_regions(
    solution: Solution,
    equations: NormalEquations | None = None,
    *,
    beam: Beam | None = None,
    phase_centre: tuple[float, float] | None = None,
) -> Table:
    """List the connected regions that hold all flux of all solutions, the brightest first.

    Parameters
    ----------
    solution : Solution
        The mode. The smaller its gap, the smaller the regions.
    equations : NormalEquations or None
        The data it was found from: needed to tell which regions *every* solution must use.
    beam : Beam or None
        CLEAN beam, for the column ``beams``.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.

    Returns
    -------
    astropy.table.Table
        ``region`` (number in :func:`region_labels`); ``l, m, ra, dec`` (deg) of the centroid of its area;
        ``peak_l, peak_m`` (deg) and ``peak_certificate`` of its highest pixel; ``pixels``, ``area`` (arcsec^2, solid
        angle) and ``beams`` (NaN without a beam); ``atoms`` and ``flux`` (Jy, shrunk by lambda) of the mode within;
        ``holds_flux``, whether every solution provably has flux there; ``status``, the same in words. ``meta``
        has R and what the regions are. They are no error bars.
    """
    labels, count = region_labels(solution)
    numbers = np.arange(1, count + 1)
    proof = None if equations is None else indispensable(solution, equations, labels, count=count)
    columns = _measured(solution, labels, numbers)
    columns["beams"] = columns["area"] * (np.nan if beam is None else ARCSEC**2 / beam.solid_angle)
    columns["holds_flux"] = np.zeros(count, dtype=bool) if proof is None else proof
    order = np.lexsort((-columns["peak_certificate"], -np.abs(columns["flux"])))
    ra, dec = celestial(columns["l"], columns["m"], phase_centre)
    table = Table(meta=_meta(solution, asked=equations is not None, answered=proof is not None))
    table["region"] = numbers[order]
    for name in ("l", "m"):
        table[name] = np.degrees(columns[name])[order]
    table["ra"], table["dec"] = ra[order], dec[order]
    for name in ("peak_l", "peak_m"):
        table[name] = np.degrees(columns[name])[order]
    for name in ("peak_certificate", "pixels", "area", "beams", "atoms", "flux", "holds_flux"):
        table[name] = columns[name][order]
    for name, unit in _UNITS.items():
        table[name].unit = unit
    table["status"] = np.where(table["holds_flux"], "holds flux in every solution", "may hold flux").astype(str)
    return table


def _measured(solution: Solution, labels: Labels, numbers: Labels) -> dict[str, Any]:
    """Return one value per region; angles in radians, areas in arcsec^2."""
    grid = solution.grid
    flat, count = labels.ravel(), numbers.size
    l, m = grid.directions(np.arange(grid.size))
    pixels, inside = island_sizes(flat, count=count), flat[solution.indices]
    peak = np.array(ndimage.maximum_position(solution.certificate, labels, numbers), dtype=np.int64).reshape(-1, 2)
    return {
        "l": island_sums(flat, l, count=count) / pixels,
        "m": island_sums(flat, m, count=count) / pixels,
        "peak_l": grid.l[peak[:, 1]],
        "peak_m": grid.m[peak[:, 0]],
        "peak_certificate": solution.certificate[peak[:, 0], peak[:, 1]],
        "pixels": pixels,
        "area": island_sums(flat, grid.solid_angle.ravel(), count=count) / ARCSEC**2,
        "atoms": island_sizes(inside, count=count),
        "flux": island_sums(inside, solution.fluxes, count=count),
    }


def _meta(solution: Solution, *, asked: bool, answered: bool) -> dict[str, Any]:
    proof = (
        "True: no sky on the other regions comes within the duality gap. A statement about every solution at this "
        "lambda, a noise peak above it included"
    )
    if not answered:
        proof = f"not examined: more than {LARGEST} pixels" if asked else "not examined: needs the normal equations"
    return {
        "R": solution.radius,
        "lambda_per_Jy": solution.rate,
        "regions": "together they hold all flux of every solution at this lambda and on these pixels; no error bars",
        "holds_flux": proof,
        "flux": "of the mode, shrunk by lambda",
    }
