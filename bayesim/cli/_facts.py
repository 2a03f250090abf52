"""What ``bayesim info`` tells of a file."""

from typing import Any

import numpy as np

from bayesim.cli._field import plan_grid
from bayesim.data import Visibilities

__all__ = ["facts_of", "short"]


def facts_of(vis: Visibilities) -> dict[str, Any]:
    """Return counts, extent, noise and a suitable grid."""
    account, grid = vis.account, plan_grid(vis, fov=None, npix=None, cell=None)
    known = vis.frequency[np.isfinite(vis.frequency)]
    stations = np.unique(np.concatenate([vis.antenna1, vis.antenna2]))
    centre = None if vis.phase_centre is None else np.degrees(vis.phase_centre).tolist()
    return {
        "source": account.source,
        "read": account.read,
        "used": account.used,
        "dropped": dict(account.dropped),
        "phase_centre_deg": centre,
        "frequency_Hz": [float(known.min()), float(known.max())] if known.size else None,
        "antennas": int(np.count_nonzero(stations >= 0)) or None,
        "baseline_wavelengths": [float(np.hypot(vis.u, vis.v).min()), vis.longest_baseline],
        "largest_w_wavelengths": float(np.abs(vis.w).max()),
        "sigma_image_Jy": vis.sigma_image,
        "fringe_arcsec": float(np.degrees(1 / vis.longest_baseline) * 3600),
        "suggested_cell_arcsec": float(np.degrees(grid.cell) * 3600),
        "widest_scale_arcsec": float(np.degrees(1 / max(np.hypot(vis.u, vis.v).min(), 1e-300)) * 3600),
        "notes": list(account.notes),
        "data_hash": vis.digest,
    }


def short(value: Any) -> str:
    """Return a fact as a person writes it."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{count} {reason}" for reason, count in value.items()) or "none"
    if isinstance(value, list):
        return "\n".join(value) if value and isinstance(value[0], str) else " to ".join(f"{x:.6g}" for x in value)
    return str(value)
