"""The summary of a run as sections of rows that a person can read; nothing in it is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Section", "sections", "written"]


def _beam(key: str, words: str) -> dict[str, tuple[str, str, str]]:
    parts = {
        "major_arcsec": ("major", "arcsec"),
        "minor_arcsec": ("minor", "arcsec"),
        "position_angle_deg": ("PA", "deg"),
    }
    return {f"{key}.{part}": ("numbers", f"{words}, {said}", unit) for part, (said, unit) in parts.items()}


# key: (section, words, unit); a dot leads into a mapping
_KNOWN: dict[str, tuple[str, str, str]] = {
    "source": ("data", "Source", ""),
    "n_vis.read": ("data", "Visibilities read", ""),
    "n_vis.used": ("data", "Visibilities used", ""),
    "sigma_image": ("data", "Thermal noise of the image", "Jy"),
    "sources": ("numbers", "Sources in the catalogue", ""),
    "total_flux": ("numbers", "Total flux of the mode (shrunk)", "Jy"),
    "grid.rows": ("numbers", "Rows", "pixels"),
    "grid.columns": ("numbers", "Columns", "pixels"),
    "grid.cell_arcsec": ("numbers", "Cell", "arcsec"),
    "grid.fov_deg": ("numbers", "Field of view", "deg"),
    "lambda": ("numbers", "λ of the mode", "1/Jy"),
    "alpha": ("numbers", "α = λ / λ_max", ""),
    "lambda_max": ("numbers", "λ_max", "1/Jy"),
    "objective": ("numbers", "Objective", ""),
    "gap": ("numbers", "Duality gap", ""),
    "relative_gap": ("numbers", "Relative duality gap", ""),
    "max_certificate": ("numbers", "Largest certificate (1 at the optimum)", ""),
    "R": ("numbers", "R, how far the certificate can be off", ""),
    "saturation_pixels": ("numbers", "Pixels that may hold flux, provably", ""),
    "regions": ("numbers", "Regions that hold all flux of all solutions", ""),
    "regions_with_flux": ("numbers", "Regions with flux in every solution", ""),
    "isolated_points": ("numbers", "Sources with the position ellipse of an isolated point", ""),
    "atoms": ("numbers", "Non-zero pixels (atoms)", ""),
    "cycles": ("numbers", "Outer iterations", ""),
    "converged": ("numbers", "Solver converged", ""),
    "reason": ("numbers", "Why the solver stopped", ""),
    "reduced_chi2": ("numbers", "Reduced chi-squared of the mode", ""),
    "restoring_beam": ("numbers", "Restored images are seen with the", ""),
    **_beam("clean_beam", "CLEAN beam"),
    **_beam("representation_beam", "Representation beam"),
    "passed": ("posterior", "Passed the convergence gate", ""),
    "verdict": ("posterior", "Verdict of the gate", ""),
    "remedy": ("posterior", "What to do", ""),
    "rhat_max": ("posterior", "Largest R-hat", ""),
    "ess_min": ("posterior", "Smallest effective sample size", ""),
    "divergences": ("posterior", "Divergent transitions", ""),
    "ebfmi_min": ("posterior", "Smallest E-BFMI", ""),
    "chains": ("posterior", "Chains", ""),
    "draws": ("posterior", "Kept draws per chain", ""),
    "lengthened": ("posterior", "Times as many draws as asked for, thinned by as much, to pass the gate", ""),
    "tune": ("posterior", "Warm-up draws per chain", ""),
    "checks.passed": ("checks", "All checks passed", ""),
    "checks.sentence": ("checks", "In a sentence", ""),
    "checks.bins": ("checks", "Bins of baseline, antenna, time and frequency", ""),
    "checks.bins_outside": ("checks", "Bins outside", ""),
    "checks.smallest_p": ("checks", "Smallest p-value, adjusted for all bins", ""),
    "checks.level": ("checks", "Level: chance that a right model has any bin outside", ""),
    "checks.not_checked": ("checks", "Not checked", ""),
    "checks.elpd": ("checks", "Expected log predictive density", ""),
    "checks.elpd_se": ("checks", "Its standard error", ""),
    "checks.visibilities_left_out": ("checks", "Visibilities left out, one at a time", ""),
    "checks.pareto_k_above_0.7": ("checks", "Of them with Pareto k above 0.7", ""),
    "checks.pareto_k_max": ("checks", "Largest Pareto k", ""),
    "checks.total_flux": ("checks", "Total flux of the posterior (Jy)", ""),
    "checks.prior_total_flux": ("checks", "Total flux of the prior: 2.5, 50 and 97.5 %", "Jy"),
    "checks.prior_label": ("checks", "The prior's range is", ""),
    "points_label": ("approximations", "Point sources", ""),
    "residual_whiteness.tested": ("checks", "Residual image tested against noise", ""),
    "residual_whiteness.p_value": ("checks", "p-value of a draw's residual image (uniform for a right model)", ""),
    "residual_whiteness.p_peak": ("checks", "p-value of its largest pixel", ""),
    "residual_whiteness.p_spread": ("checks", "p-value of its mean square", ""),
    "residual_whiteness.p_power": ("checks", "p-value of its spectrum", ""),
    "residual_whiteness.peak": ("checks", "Its largest pixel, over the noise", ""),
    "residual_whiteness.rms": ("checks", "Its root mean square, over the noise", ""),
    "residual_whiteness.noise_images": ("checks", "Images of noise it was compared with", ""),
    "islands.both": ("posterior", "Islands certified and credible", ""),
    "islands.certified_only": ("posterior", "Islands certified only", ""),
    "islands.credible_only": ("posterior", "Islands credible only", ""),
    "largest_certificate_of_draws": ("posterior", "Largest certificate of a draw (median; 1 for the mode)", ""),
    "operator": ("approximations", "Operator", ""),
    "w_phase_rad": ("approximations", "Largest w phase", "rad"),
    "label": ("approximations", "Fluxes of the mode", ""),
    "posterior_label": ("approximations", "Posterior", ""),
    "checks.label": ("approximations", "Checks", ""),
    "seed": ("provenance", "Seed", ""),
    "data_hash": ("provenance", "Hash of the data (SHA-256)", ""),
    "files": ("provenance", "Files", ""),
    "peak_memory_MiB": ("provenance", "Peak memory", "MiB"),
}

# mappings whose keys are the run's own
_OPEN: dict[str, tuple[str, str, str]] = {
    "n_vis.dropped": ("data", "Dropped: ", ""),
    "posterior": ("posterior", "", ""),
    "seconds": ("provenance", "Time: ", "s"),
    "versions": ("provenance", "", ""),
}


@dataclass(frozen=True)
class Section:
    """Rows of (words, value)."""

    name: str
    rows: tuple[tuple[str, str], ...]


def sections(summary: Mapping[str, Any]) -> dict[str, Section]:
    """Sort a summary into sections; keys that are not known come last, under their own names."""
    rows: dict[str, list[tuple[int, str, str]]] = {}
    order = {key: place for place, key in enumerate(_KNOWN)}
    for key, value in _flat(summary).items():
        section, words, unit = _described(key)
        text = f"{written(value)} {unit}".strip()
        rows.setdefault(section, []).append((order.get(key, len(order)), words, text))
    return {
        name: Section(name, tuple((words, text) for _, words, text in sorted(found, key=lambda row: row[0])))
        for name, found in rows.items()
    }


def written(value: object) -> str:
    """Return a value as a person writes it: six digits, "yes" and "no", "not defined" for NaN."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{int(value):,}" if abs(int(value)) < 10**15 else str(int(value))
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    if value is None:
        return "not defined"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(written(item) for item in value)
    return str(value)


def _number(value: float) -> str:
    if np.isnan(value):
        return "not defined"
    return f"{value:,.0f}" if value == round(value) and 1e4 <= abs(value) < 1e9 else f"{value:.5g}"


def _flat(summary: Mapping[str, Any], *, prefix: str = "") -> dict[str, Any]:
    """Return dotted keys; the summary of a scalar (mean, sd, interval) stays one value."""
    flat: dict[str, Any] = {}
    for name, value in summary.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and {"mean", "sd"} <= value.keys():
            flat[key] = _moments(value)
        elif isinstance(value, Mapping):
            flat |= _flat(value, prefix=f"{key}.")
        elif key != "notes":
            flat[key] = value
    return flat


def _moments(value: Mapping[str, Any]) -> str:
    text = f"{written(value['mean'])} ± {written(value['sd'])}"
    if {"hdi_low", "hdi_high"} <= value.keys():
        text += f", 95 % HDI {written(value['hdi_low'])} to {written(value['hdi_high'])}"
    return text


def _described(key: str) -> tuple[str, str, str]:
    if key in _KNOWN:
        return _KNOWN[key]
    for start, (section, words, unit) in _OPEN.items():
        if key.startswith(f"{start}."):
            return section, words + key.removeprefix(f"{start}."), unit
    return "other", key.replace("_", " "), ""
