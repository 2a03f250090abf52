"""Four views of one posterior side by side."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayesim import maps
from bayesim.maps import Uncertainty
from bayesim.plots.certificate import certificate
from bayesim.plots.image import image
from bayesim.solvers import Solution

__all__ = ["posterior_panels"]


def posterior_panels(uncertainty: Uncertainty, solution: Solution) -> NDArray[np.object_]:
    """Draw posterior mean, standard deviation, certificate and provable saturation set.

    Returns
    -------
    ndarray of Axes, shape (2, 2)
        On one new figure, all with the same field.
    """
    rows, columns = solution.grid.shape
    figure = Figure(figsize=(10.0, max(8.0 * rows / columns + 0.9, 4.0)), layout="compressed")
    axes: NDArray[np.object_] = np.asarray(figure.subplots(2, 2, sharex=True, sharey=True), dtype=object)
    panels: tuple[Axes, ...] = tuple(axes.ravel())
    image(uncertainty.mean, panels[0])
    image(uncertainty.sd, panels[1])
    certificate(solution, panels[2])
    image(maps.saturation(solution), panels[3])
    for ax in panels:
        ax.label_outer()
    return axes
