"""Figures of a run: what goes into the report and the folder."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesim import plots
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior
from bayesim.maps import Beam
from bayesim.maps._atomic import replacing
from bayesim.operators import Sparse
from bayesim.report import Picture, picture_of_figure
from bayesim.solvers import Solution

__all__ = ["figures", "write_pictures"]

_DRAWS = 20
"""Posterior draws whose visibilities are compared with the data."""

_LARGEST_PREDICTION = 20_000_000
"""Complex numbers held for that comparison (0.3 GiB)."""


def figures(
    field: Field, solution: Solution, posterior: Posterior | None, *, sources: Table, truth: Table | None, beam: Beam
) -> dict[str, Picture]:
    """Return the figures that are not maps, drawn, by name."""
    drawn: dict[str, Axes] = {"certificate_contours": plots.certificate(solution), "history": plots.history(solution)}
    drawn["residuals_by_baseline"] = plots.radial(field.vis, _predicted(field, solution, posterior))
    drawn["uv_coverage"] = plots.uv_coverage(field.vis)
    if truth is not None:
        drawn["truth"] = plots.catalogue_truth(sources, truth, radius=2 * float(np.degrees(beam.major)))
    if posterior is not None:
        for name in ("lambda", "noise_scale"):
            if name in posterior.tree["posterior"]:
                drawn[f"trace_{name}"] = plots.trace(posterior.tree, name)
        if "lambda" in posterior.tree["posterior"]:
            drawn["posterior_lambda"] = plots.lambda_posterior(posterior.tree)
        drawn["energy"] = plots.energy(posterior.tree)
    return {name: picture_of_figure(name, axes) for name, axes in drawn.items()}


def write_pictures(folder: Path, pictures: dict[str, Picture]) -> None:
    """Write every picture as ``NAME.png``."""
    for name, picture in pictures.items():
        with replacing(folder / f"{name}.png") as partial:
            partial.write_bytes(picture.png)


def _predicted(field: Field, solution: Solution, posterior: Posterior | None) -> NDArray[np.complex128]:
    """Visibilities of the mode, or of some draws, shape (draws, n)."""
    indices, skies = solution.indices, solution.fluxes[None]
    if posterior is not None:
        indices, skies = _thinned(field, posterior.tree)
    l, m = field.grid.directions(indices)
    w = None if field.coplanar else field.vis.w
    operator = Sparse(field.vis.u, field.vis.v, w, l, m, tolerance=1e-6)
    return np.stack([operator.forward(sky) for sky in skies])


def _thinned(field: Field, tree: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    image = tree["posterior"]["image"]
    draws = image.values.reshape(image.sizes["chain"] * image.sizes["draw"], -1)
    wanted = int(min(_DRAWS, max(1, _LARGEST_PREDICTION // len(field.vis)), len(draws)))
    chosen = draws[np.linspace(0, len(draws) - 1, wanted).astype(int)]
    full = "pixel" not in image.dims
    indices = np.arange(field.grid.size) if full else np.asarray(image["pixel"].values, dtype=np.int64)
    return indices, chosen
