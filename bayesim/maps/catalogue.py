"""A table of sources, each with an interval and a sentence on what the interval is."""

import os
from typing import Any

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.data._atomic import replacing
from bayesim.maps._celestial import celestial
from bayesim.maps._islands import islands
from bayesim.maps._sources import Sources, from_refit, from_solution, from_tree, with_fisher
from bayesim.maps.beams import Beam
from bayesim.solvers import Refit, Solution

__all__ = ["catalogue", "write_catalogue"]

Floats = NDArray[np.float64]


def catalogue(
    solution: Solution,
    tree: Any | None = None,
    *,
    refit: Refit | None = None,
    beam: Beam | None = None,
    phase_centre: tuple[float, float] | None = None,
    prob: float = 0.95,
    grow: int = 1,
) -> Table:
    """List the sources of a solution, the most significant first.

    A source is an island of touching pixels (8-connected) of the solution's support, joined along the crest of
    its certificate and, with a beam, across gaps up to the beam's minor axis, which the array cannot resolve; then
    grown by ``grow`` pixels without merging.

    Parameters
    ----------
    solution : Solution
        The mode.
    tree : xarray.DataTree or None
        Posterior of ``image`` (Jy/pixel); an island's flux is then the sum of its pixels, draw by draw.
    refit : Refit or None
        De-biased fluxes and their covariance, used where no posterior is given.
    beam : Beam or None
        CLEAN beam, for joining and for position errors ``beam / signal-to-noise`` (isolated source, Fisher matrix)
        where the pixels themselves give none.
    phase_centre : (float, float) or None
        Right ascension and declination in radians.
    prob : float
        Probability of the intervals.
    grow : int
        Pixels added round every island, so that a posterior that spreads to the neighbours is counted.

    Returns
    -------
    astropy.table.Table
        ``l, m, l_sd, m_sd, ra, dec`` (deg; ra and dec NaN without a phase centre), ``flux, flux_sd, flux_low,
        flux_high`` (Jy), ``significance`` (flux over flux_sd, else over sigma_image), ``probability`` (of a flux
        above 3 sigma_image; NaN without a posterior), ``pixels``, ``peak_certificate`` and ``label``, what the
        interval is. Can be written as ECSV.
    """
    reach = 0.0 if beam is None else beam.minor / solution.grid.cell
    labels, count = islands(solution, grow=grow, reach=reach)
    sources = from_solution(solution, labels, count=count)
    meta: dict[str, Any] = {"sigma_image_Jy": solution.sigma_image, "R": solution.radius, "prob": prob}
    if tree is not None:
        sources, meta["flux_outside_Jy"] = from_tree(sources, tree, solution, labels, prob=prob)
    elif refit is not None:
        sources = from_refit(sources, refit, labels, prob=prob)
    sources = with_fisher(sources, beam, sigma=solution.sigma_image)
    peaks = ndimage.maximum(solution.certificate, labels, np.arange(1, count + 1)) if count else np.empty(0)
    return _table(sources, np.asarray(peaks, dtype=float), solution, phase_centre, meta=meta)


def write_catalogue(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a catalogue as ECSV, whole or not at all.

    Parameters
    ----------
    table : astropy.table.Table
        Of :func:`catalogue`, or any table; units and notes are kept.
    path : str or path
        Of the file; one that exists is replaced.

    Raises
    ------
    OSError
        The folder cannot be written to or the disk is full; an earlier file stays as it was.
    """
    with replacing(path) as partial:
        table.write(partial, format="ascii.ecsv", overwrite=True)


def _table(
    sources: Sources,
    peaks: Floats,
    solution: Solution,
    phase_centre: tuple[float, float] | None,
    *,
    meta: dict[str, Any],
) -> Table:
    error = np.where(sources.flux_sd > 0, sources.flux_sd, solution.sigma_image)
    significance = np.abs(sources.flux) / error
    order = np.argsort(-significance, kind="stable")
    ra, dec = celestial(sources.l, sources.m, phase_centre)
    table = Table(meta=meta | _notes(phase_centre))
    for name in ("l", "m", "l_sd", "m_sd"):
        _add(table, name, np.degrees(getattr(sources, name))[order], unit="deg")
    _add(table, "ra", ra[order], unit="deg")
    _add(table, "dec", dec[order], unit="deg")
    for name in ("flux", "flux_sd", "flux_low", "flux_high"):
        _add(table, name, getattr(sources, name)[order], unit="Jy")
    _add(table, "significance", significance[order], unit=None)
    _add(table, "probability", sources.probability[order], unit=None)
    table["pixels"] = sources.pixels[order]
    _add(table, "peak_certificate", peaks[order], unit=None)
    table["label"] = sources.label[order].astype(str)
    return table


def _add(table: Table, name: str, values: Floats, *, unit: str | None) -> None:
    table[name] = values
    table[name].unit = unit


def _notes(phase_centre: tuple[float, float] | None) -> dict[str, str]:
    known = "ICRS, SIN projection" if phase_centre is not None else "phase centre unknown: ra and dec are NaN"
    return {
        "positions": known,
        "offsets": "l to the East, m to the North of the phase centre, direction cosines in degrees",
        "position_errors": "spread of the centroid over the draws; else beam over signal-to-noise, isolated source",
    }
