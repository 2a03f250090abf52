"""The dual certificate and the set that it proves."""

from matplotlib.axes import Axes

from bayesim import maps
from bayesim.plots._axes import angle_unit
from bayesim.plots.image import image
from bayesim.solvers import Solution

__all__ = ["certificate"]


def certificate(solution: Solution, ax: Axes | None = None) -> Axes:
    """Draw the certificate from 0 to 1 with a contour at the provable level ``1 - R``.

    Values below 0 share the colour of 0. Where ``R >= 1`` there is no contour, and the title says why.
    """
    level = 1.0 - solution.radius
    proof = f"contour at 1 - R, R = {solution.radius:.2g}" if level > 0 else f"R = {solution.radius:.2g}: no proof"
    ax = image(maps.certificate(solution), ax, title=f"Certificate ({proof})")
    mask = solution.saturation
    if level > 0 and mask.any() and not mask.all():
        grid = solution.grid
        _, per_radian = angle_unit(max(grid.fov))
        ax.contour(
            grid.l * per_radian,
            grid.m * per_radian,
            mask.astype(float),
            levels=[0.5],
            colors="#D55E00",
            linewidths=1.2,
        )
    return ax
