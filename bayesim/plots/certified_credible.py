"""A map of what is proven, what is believed, and where both are."""

from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from bayesim.maps import CertifiedCredible
from bayesim.plots._axes import BLUE, GREEN, ORANGE, angle_unit, axes_or_new

__all__ = ["certified_credible"]

_COLOURS = {"neither": "#F4F5F7", "certified only": ORANGE, "credible only": BLUE, "both": GREEN}


def certified_credible(found: CertifiedCredible, ax: Axes | None = None) -> Axes:
    """Draw the classes of :func:`bayesim.maps.certified_credible`, the number of islands of each in the legend.

    Returns
    -------
    Axes
        Offsets from the phase centre, the East offset growing to the left.
    """
    grid = found.classes.grid
    rows, columns = grid.shape
    ax = axes_or_new(ax, size=(6.0, max(6.0 * rows / columns, 3.0)))
    name, per_radian = angle_unit(max(grid.fov))
    half = 0.5 * grid.cell
    edges = (grid.l[0] + half, grid.l[-1] - half, grid.m[0] - half, grid.m[-1] + half)
    left, right, bottom, top = (float(edge) * per_radian for edge in edges)
    ax.imshow(
        found.classes.values,
        origin="lower",
        extent=(left, right, bottom, top),
        cmap=ListedColormap(list(_COLOURS.values())),
        norm=BoundaryNorm([-0.5, 0.5, 1.5, 2.5, 3.5], 4),
        interpolation="nearest",
    )
    patches = [
        Patch(facecolor=_COLOURS[kind], label=f"{kind}: {count} island{'' if count == 1 else 's'}")
        for kind, count in found.islands.items()
    ]
    ax.legend(handles=patches, loc="upper left", framealpha=0.9)
    ax.set(xlabel=f"East offset ({name})", ylabel=f"North offset ({name})")
    ax.set_title("Proven and believed", loc="left", fontsize=11)
    return ax
