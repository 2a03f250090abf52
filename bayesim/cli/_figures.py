"""Figures of a run: what goes into the report and the folder."""

from itertools import islice
from pathlib import Path

import numpy as np
from astropy.table import Table
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayesim import plots
from bayesim.cli._certificate import about_positions, about_regions
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior
from bayesim.cli._result import Result
from bayesim.data._atomic import replacing
from bayesim.operators import Coplanar, Sparse
from bayesim.report import Picture, picture_of_figure
from bayesim.solvers import Solution

__all__ = ["figures", "proofs", "write_pictures"]

_DRAWS = 20
"""Posterior draws whose visibilities are compared with the data."""

_LARGE = 9.0
"""Width in inches of a figure with fine detail."""

_LARGEST_PREDICTION = 20_000_000
"""Complex numbers held for that comparison (0.3 GiB)."""

_FLUXES = (
    "Flux of every source along the path, lambda falling to the right; the last point is this run. A real source "
    "goes on growing by what lambda gives back; what appears only at the end and stays faint may be noise. For "
    "another lambda take its alpha from path.ecsv, and run again with --alpha."
)
_CERTIFICATES = (
    "Certificates along the path: only pixels near 1 can hold flux at that lambda, to within the R of its row "
    "in path.ecsv."
)

_CHECK = (
    "Chi-squared of the data per real number, mean over the draws, in bins; the bars hold 95 % of replicated data, "
    "bin by bin. Red crosses are outside for all bins together (see predictive_check.ecsv)."
)


_PROOF = (
    "certified_credible",
    "Certified: a mode at this lambda may hold flux there, by the certificate. Credible: at least 95 % of the draws "
    "have more than three times the noise within 3 x 3 pixels. Islands with both are where the two agree.",
)
_WHITE = (
    "residual_whiteness",
    "Residual image of one draw among images of noise on the same baselines: left its pixels, right its power. The "
    "p-value is uniform for a right model; below 0.01 the model lacks something.",
)


def figures(result: Result, *, sources: Table) -> dict[str, Picture]:
    """Return the figures that are neither maps nor proofs, drawn, by name."""
    return {**_of_path(result), **_of_fit(result, sources=sources), **_of_draws(result)}


def write_pictures(folder: Path, pictures: dict[str, Picture]) -> list[str]:
    """Write every picture as ``NAME.png``, and return the names of the files."""
    for name, picture in pictures.items():
        with replacing(folder / f"{name}.png") as partial:
            partial.write_bytes(picture.png)
    return [f"{name}.png" for name in pictures]


def proofs(result: Result) -> dict[str, Picture]:
    """Return the figures of what the certificate proves, each with a sentence on what it does not."""
    if result.proven is None:
        return {}
    solution, regions, positions = result.solution, result.proven.regions, result.proven.positions
    # regions are a few pixels wide: in a figure of the usual size they cannot be seen
    rows, columns = solution.grid.shape
    ax = Figure(figsize=(_LARGE, max(0.86 * _LARGE * rows / columns, 3.0)), layout="compressed").add_subplot()
    name, drawn = "certificate_regions", plots.certificate_regions(solution, regions, ax)
    pictures = {name: picture_of_figure(name, drawn, caption=about_regions(solution, regions))}
    if np.isfinite(np.asarray(positions["ellipse_major"], dtype=float)).any():
        name, panels = "position_contours", plots.position_contours(positions)
        pictures[name] = picture_of_figure(name, panels[0], caption=about_positions(positions, drawn=len(panels)))
    return pictures


def _of_path(result: Result) -> dict[str, Picture]:
    if len(result.path) < 2 or not result.solution.indices.size:
        return {}
    reach = result.field.beam.minor / result.field.grid.cell
    fluxes, panels = plots.flux_path(result.path, reach=reach), plots.certificate_path(result.path)
    return {
        "path_fluxes": picture_of_figure("path_fluxes", fluxes, caption=_FLUXES),
        "path_certificates": picture_of_figure("path_certificates", panels[0], caption=_CERTIFICATES),
    }


def _of_fit(result: Result, *, sources: Table) -> dict[str, Picture]:
    field, solution, posterior = result.field, result.solution, result.posterior
    drawn: dict[str, Axes] = {"certificate_contours": plots.certificate(solution), "history": plots.history(solution)}
    drawn["residuals_by_baseline"] = plots.radial(field.vis, _predicted(field, solution, posterior))
    drawn["uv_coverage"] = plots.uv_coverage(field.vis)
    if result.truth is not None:
        drawn["truth"] = plots.catalogue_truth(sources, result.truth, radius=2 * float(np.degrees(field.beam.major)))
    if posterior is not None:
        for name in ("lambda", "noise_scale"):
            if name in posterior.tree["posterior"]:
                drawn[f"trace_{name}"] = plots.trace(posterior.tree, name)
        if "lambda" in posterior.tree["posterior"]:
            drawn["posterior_lambda"] = plots.lambda_posterior(posterior.tree)
        if "energy" in posterior.tree["sample_stats"]:
            drawn["energy"] = plots.energy(posterior.tree)
    return {**{name: picture_of_figure(name, axes) for name, axes in drawn.items()}, **_of_checks(posterior)}


def _of_checks(posterior: Posterior | None) -> dict[str, Picture]:
    if posterior is None or posterior.checks is None or not posterior.checks.fit.predictive.table.sizes["bin"]:
        return {}
    panels = plots.predictive_check(posterior.checks.fit.predictive)
    return {"predictive_check": picture_of_figure("predictive_check", panels[0], caption=_CHECK)}


def _of_draws(result: Result) -> dict[str, Picture]:
    beside = result.beside
    if beside is None:
        return {}
    found = {
        "certified_credible": picture_of_figure(
            _PROOF[0], plots.certified_credible(beside.classes), caption=_PROOF[1]
        )
    }
    if beside.whiteness is not None:
        axes = plots.whiteness(beside.whiteness)
        found["residual_whiteness"] = picture_of_figure(_WHITE[0], axes[0], caption=_WHITE[1])
    spectrum, equations = beside.spectrum, result.field.equations
    noise = spectrum.noise(equations.statistics) if isinstance(equations, Coplanar) else None
    ax = plots.power_spectrum(spectrum, mode=spectrum.of(result.solution.image), noise=noise)
    found["power_spectrum"] = picture_of_figure("power_spectrum", ax)
    if beside.scales:
        found["superpixels"] = picture_of_figure("superpixels", plots.superpixels(beside.scales)[0])
    return found


def _predicted(field: Field, solution: Solution, posterior: Posterior | None) -> NDArray[np.complex128]:
    """Visibilities of the mode, or of some draws, shape (draws, n)."""
    if posterior is None or posterior.checks is None:
        w = None if field.coplanar else field.vis.w
        place = field.grid.directions(solution.indices)
        return Sparse(field.vis.u, field.vis.v, w, *place, tolerance=1e-6).forward(solution.fluxes)[None]
    shown = posterior.checks.fit.shown
    most = min(_DRAWS, max(1, _LARGEST_PREDICTION // len(field.vis)))
    some = shown.thinned(max(1, most // len(shown.chain)))
    return np.stack([model for model, _ in islice(some, most)])
