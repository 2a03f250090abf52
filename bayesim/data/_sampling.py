"""Does the image suit the array? Pixels, field of view and the w-term."""

from collections.abc import Iterator

import numpy as np

from bayesim.conventions import ARCSEC, w_phase_cosine
from bayesim.data._finding import Finding, suspicious_units
from bayesim.data._visibilities import Visibilities
from bayesim.sky import Grid

__all__ = ["W_PHASE", "largest_w_phase", "unsuited_sampling"]

_MOST_PIXELS = 50.0
"""Cells per resolution element 1/B; super-resolution imaging uses up to 25."""

W_PHASE = 0.1
"""Radians: from here on coplanar imaging loses 0.5 % of a source at the corner (1 - cos)."""


def unsuited_sampling(vis: Visibilities, grid: Grid) -> Iterator[Finding]:
    """Compare the cell, the width and the corner of the image with the longest baseline and the largest w."""
    yield from _pixels(vis, grid)
    yield from _field(vis, grid)
    yield from _w_term(vis, grid)


def _pixels(vis: Visibilities, grid: Grid) -> Iterator[Finding]:
    longest = float(max(np.abs(vis.u).max(), np.abs(vis.v).max()))
    limit = 0.5 / longest
    if grid.cell > limit * (1 + 1e-12):
        message = f"cell {_angle(grid.cell)} under-samples the longest baseline"
        remedy = f"{_baseline(longest)} needs <= {_angle(limit)}"
        yield Finding("pixels", fatal=True, value=grid.cell, limit=limit, message=message, remedy=remedy)
    cells = 1.0 / (vis.longest_baseline * grid.cell)
    if cells > _MOST_PIXELS:
        message = f"{cells:.3g} cells span one resolution element ({_angle(1 / vis.longest_baseline)})"
        remedy = f"more than {_MOST_PIXELS:g} bring nothing: u, v may be metres, or use a larger cell"
        yield suspicious_units(cells, _MOST_PIXELS, message, remedy)


def _field(vis: Visibilities, grid: Grid) -> Iterator[Finding]:
    resolution = 1.0 / vis.longest_baseline
    if max(grid.fov) < resolution:
        message = f"the field of {_angle(max(grid.fov))} is smaller than one resolution element, {_angle(resolution)}"
        remedy = "use a larger field, or check the units of u, v (wavelengths)"
        yield Finding("field", fatal=False, value=max(grid.fov), limit=resolution, message=message, remedy=remedy)


def largest_w_phase(vis: Visibilities, grid: Grid) -> float:
    """Return the largest phase of the w term in radians, that of the longest w at a corner of the field."""
    height = max(abs(float(w_phase_cosine(l, m))) for l in grid.l[[0, -1]] for m in grid.m[[0, -1]])
    return 2 * np.pi * float(np.abs(vis.w).max()) * height


def _w_term(vis: Visibilities, grid: Grid) -> Iterator[Finding]:
    phase = largest_w_phase(vis, grid)
    if phase > W_PHASE:
        message = f"coplanar imaging neglects a w phase of {phase:.3g} rad at the corner of the field"
        shrink = float(np.sqrt(W_PHASE / phase))
        remedy = f"use an operator with w, or a field {shrink:.2g} times as wide (limit {W_PHASE} rad)"
        yield Finding("w term", fatal=False, value=phase, limit=W_PHASE, message=message, remedy=remedy)


def _angle(radians: float) -> str:
    value = radians / ARCSEC
    return f"{value:.3g} arcsec" if value >= 1e-2 else f"{value * 1e6:.3g} uas"


def _baseline(wavelengths: float) -> str:
    for size, name in ((1e9, "Glambda"), (1e6, "Mlambda"), (1e3, "klambda")):
        if wavelengths >= size:
            return f"{wavelengths / size:.3g} {name}"
    return f"{wavelengths:.3g} lambda"
