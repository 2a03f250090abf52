"""What the certificate proves, as tables, and in sentences for a person."""

from dataclasses import dataclass

import numpy as np
from astropy.table import Table

from bayesim import maps
from bayesim.cli._console import Stopwatch, say
from bayesim.cli._field import Field
from bayesim.solvers import Refit, Solution

__all__ = ["Proven", "about_positions", "about_regions", "prove"]


@dataclass(frozen=True, eq=False)
class Proven:
    """Regions that hold all flux of all solutions, and the positions of single points."""

    regions: Table
    positions: Table


def prove(field: Field, solution: Solution, refit: Refit | None, *, clock: Stopwatch) -> Proven:
    """List regions and positions, and say how many there are of either."""
    centre = field.vis.phase_centre
    with clock.stage("certificate"):
        regions = maps.certificate_regions(solution, field.equations, beam=field.beam, phase_centre=centre)
        positions = maps.position_contours(solution, field.equations, field.beam, refit=refit, phase_centre=centre)
    say(
        f"certificate: {len(regions)} regions of {_area(regions)} in all, {_held(regions)} with flux in every "
        f"solution; {_placed(positions)} of {len(positions)} sources have the position ellipse of an isolated point"
    )
    return Proven(regions, positions)


def about_regions(solution: Solution, regions: Table) -> str:
    """Return what is proven of the regions and what is not."""
    if not solution.radius < 1:
        return (
            f"Regions that may hold flux: R = {solution.radius:.3g} is not below 1, so nothing is proven. Ask for a "
            "smaller gap."
        )
    held, others = _held(regions), len(regions) - _held(regions)
    examined = str(regions.meta["holds_flux"]).startswith("True")
    in_them = (
        f"In {held} of them (red) every solution has flux; in the other {others} (white) some solution may have it."
    )
    if not examined:
        in_them = f"Whether every solution has flux in them was {regions.meta['holds_flux']}."
    elif not others:
        in_them = "In all of them (red) every solution has flux."
    return (
        f"Proven for this lambda, these pixels and these weights (R = {solution.radius:.2g}): outside the "
        f"{len(regions)} regions, {_area(regions)} in all, every solution is empty. {in_them} Not proven: that a "
        "region is a source (a noise peak above lambda is a region too), that it is only one, how bright it is, or "
        "where in the region it is: regions are no error bars. Numbers are rows of regions.ecsv."
    )


def about_positions(positions: Table, *, drawn: int) -> str:
    """Return what the contours and ellipses are, and how many sources have none."""
    return (
        f"Position of the {drawn} sources of highest SNR that are one isolated point: ellipse of the inverse Fisher "
        f"matrix (dashed), and contour of the certificate where lambda is at least twice the noise (solid). Of "
        f"{len(positions)} sources {_placed(positions)} have an ellipse and {_contoured(positions)} a contour; why "
        "the others have none (blends, extended, too near the edge) stands in positions.ecsv. Thermal noise only: "
        "neighbours are held, and calibration errors are not counted."
    )


def _held(regions: Table) -> int:
    return int(np.count_nonzero(regions["holds_flux"]))


def _area(regions: Table) -> str:
    return f"{int(np.sum(regions['pixels']))} pixels"


def _placed(positions: Table) -> int:
    return int(np.isfinite(np.asarray(positions["ellipse_major"], dtype=float)).sum())


def _contoured(positions: Table) -> int:
    return int(np.isfinite(np.asarray(positions["contour_area"], dtype=float)).sum())
