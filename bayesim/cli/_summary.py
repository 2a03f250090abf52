"""What a run has to say in numbers: the content of ``summary.json``."""

import platform
import resource
import sys
from importlib.metadata import version
from typing import Any

import numpy as np

from bayesim.cli._beside import about_beside
from bayesim.cli._certificate import Proven
from bayesim.cli._checks import about_checks
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior
from bayesim.cli._remedy import remedy
from bayesim.cli._result import Result
from bayesim.conventions import ARCSEC
from bayesim.maps import Beam, hdi
from bayesim.solvers import PointSources, Solution

__all__ = ["describe", "peak_memory"]

_PACKAGES = ("bayesim", "pymc", "pytensor", "nutpie", "arviz", "numpy", "scipy", "finufft", "numba", "astropy")


def describe(result: Result) -> dict[str, Any]:
    """Return every number of a run but its times and its memory."""
    points, posterior, proven = result.points, result.posterior, result.proven
    return {
        **_data(result.field),
        **_solution(result.solution),
        **_beams(result),
        **({} if proven is None else _proven(proven)),
        **({} if points is None else _points(points)),
        **({} if posterior is None else _posterior(posterior)),
        **({} if result.beside is None else about_beside(result.beside)),
        "versions": _versions(),
    }


def _data(field: Field) -> dict[str, Any]:
    """Return counts, grid, noise and hash of the data."""
    account, grid = field.vis.account, field.grid
    return {
        "source": account.source,
        "n_vis": {"read": account.read, "used": account.used, "dropped": dict(account.dropped)},
        "notes": list(account.notes),
        "grid": {
            "rows": grid.shape[0],
            "columns": grid.shape[1],
            "cell_arcsec": np.degrees(grid.cell) * 3600,
            "fov_deg": np.degrees(max(grid.fov)),
        },
        "operator": "coplanar" if field.coplanar else "exact w",
        "w_phase_rad": field.w_phase,
        "sigma_image": field.vis.sigma_image,
        "data_hash": field.vis.digest,
    }


def _solution(solution: Solution) -> dict[str, Any]:
    """Return what the mode is and how well it is proven."""
    return {
        "lambda": solution.rate,
        "alpha": solution.alpha,
        "lambda_max": solution.lambda_max,
        "objective": solution.objective,
        "gap": solution.gap,
        "relative_gap": solution.relative_gap,
        "max_certificate": solution.max_certificate,
        "R": solution.radius,
        "saturation_pixels": int(np.count_nonzero(solution.saturation)),
        "atoms": int(solution.indices.size),
        "cycles": len(solution.history),
        "converged": solution.converged,
        "reason": solution.reason,
        "total_flux": float(solution.fluxes.sum()),
        "reduced_chi2": solution.reduced_chi2,
        "label": solution.label,
    }


def _beams(result: Result) -> dict[str, Any]:
    """Return the beams that were made, and which one the restored images have."""
    return {
        "restoring_beam": result.beam.name,
        **{beam.name.replace(" ", "_").lower(): _beam(beam) for beam in result.beams},
    }


def _beam(beam: Beam) -> dict[str, float]:
    return {
        "major_arcsec": beam.major / ARCSEC,
        "minor_arcsec": beam.minor / ARCSEC,
        "position_angle_deg": float(np.degrees(beam.position_angle)),
    }


def _proven(proven: Proven) -> dict[str, Any]:
    placed = np.isfinite(np.asarray(proven.positions["ellipse_major"], dtype=float))
    return {
        "regions": len(proven.regions),
        "regions_with_flux": int(np.count_nonzero(proven.regions["holds_flux"])),
        "isolated_points": int(np.count_nonzero(placed)),
    }


def _points(points: PointSources) -> dict[str, Any]:
    """Return the facts of an off-grid fit."""
    return {
        "points": points.size,
        "points_flux_Jy": float(points.flux.sum()),
        "points_reduced_chi2": points.reduced_chi2,
        "points_label": points.label,
        "points_reason": points.reason,
    }


def _posterior(posterior: Posterior) -> dict[str, Any]:
    """Return the scalars of the posterior and the verdict of the convergence gate."""
    verdict, tree = posterior.verdict, posterior.tree
    draws = {
        str(name): values.values.ravel()
        for name, values in tree["posterior"].data_vars.items()
        if values.dims == ("chain", "draw")
    }
    return {
        "posterior": {name: _scalar(values) for name, values in draws.items()},
        "posterior_label": posterior.label,
        "verdict": verdict.headline,
        "passed": verdict.passed,
        "rhat_max": verdict.rhat_max,
        "ess_min": min(verdict.ess_bulk_min, verdict.ess_tail_min),
        "divergences": verdict.divergences,
        "ebfmi_min": verdict.ebfmi_min,
        "seed": tree.attrs["seed"],
        "chains": tree.attrs["chains"],
        "draws": tree.attrs["draws"],
        "tune": tree.attrs["tune"],
        **({"lengthened": tree.attrs["lengthened"]} if "lengthened" in tree.attrs else {}),
        **_remedy(posterior),
        **({} if posterior.checks is None else {"checks": about_checks(posterior.checks)}),
    }


def _remedy(posterior: Posterior) -> dict[str, str]:
    # its room takes seconds to import, and a mode needs none of it
    from bayesim.samplers import Limits

    draws, checks = posterior.tree["posterior"].sizes["draw"], posterior.checks
    said = remedy(posterior.verdict, Limits(), draws=draws, explained=checks is None or checks.passed)
    return {} if said is None else {"remedy": said}


def _scalar(draws: np.ndarray) -> dict[str, float]:
    low, high = hdi(draws, prob=0.95)
    return {"mean": draws.mean(), "sd": draws.std(ddof=1), "hdi_low": float(low), "hdi_high": float(high)}


def peak_memory() -> float:
    """Return the largest resident size of this process in MiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # kilobytes on Linux, bytes on macOS (getrusage(2))
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def _versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape the numbers."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
