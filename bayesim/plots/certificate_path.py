"""Certificates along a regularisation path."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayesim import maps
from bayesim.errors import ModelError
from bayesim.plots.image import image
from bayesim.solvers import Solution

__all__ = ["certificate_path"]

_COLUMNS = 3


def certificate_path(solutions: Sequence[Solution], *, most: int = 6) -> NDArray[np.object_]:
    """Draw the certificates of a path side by side, lambda falling: which pixels can hold flux at each lambda.

    Parameters
    ----------
    solutions : sequence of Solution
        Of :func:`bayesim.solvers.path`; of more than ``most``, evenly chosen ones, the first and the last among
        them.
    most : int
        Panels.

    Returns
    -------
    ndarray of Axes, shape (n,)
        On one new figure.

    Raises
    ------
    ModelError
        The path is empty.
    """
    if not solutions:
        raise ModelError("the path has no solution: nothing to draw")
    chosen = np.unique(np.linspace(0, len(solutions) - 1, min(most, len(solutions))).round().astype(int))
    columns = min(_COLUMNS, chosen.size)
    rows = -(-chosen.size // columns)
    height, width = solutions[0].grid.shape
    figure = Figure(figsize=(4.2 * columns, (3.4 * height / width + 0.5) * rows), layout="compressed")
    every = np.asarray(figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True), dtype=object).ravel()
    for ax, place in zip(every, chosen, strict=False):
        solution = solutions[place]
        words = f"α = {solution.alpha:.3g}: {solution.indices.size} atoms, {solution.fluxes.sum():.3g} Jy"
        image(maps.certificate(solution), ax, title=words)
    for ax in every[chosen.size :]:
        ax.remove()
    for ax in every[: chosen.size]:
        ax.label_outer()
    return np.asarray(every[: chosen.size])
