"""A grid and baselines in FINUFFT's own terms: angles per pixel, and the phase of an off-centre grid."""

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import ARCSEC, FOURIER_SIGN
from bayesim.errors import GridError
from bayesim.sky import Grid

__all__ = ["angles_per_pixel", "centre_phase", "check_response", "check_sampling", "turns_per_pixel"]

Floats = NDArray[np.float64]


def angles_per_pixel(u: Floats, v: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Return the phase of ``+2 pi (u l + v m)`` per row and per column, radians in [-pi, pi], contiguous."""
    row, column = turns_per_pixel(u, v, grid)
    return 2 * np.pi * row, 2 * np.pi * column


def turns_per_pixel(u: Floats, v: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Return ``u l + v m`` per row and per column, in [-1/2, 1/2] after whole turns are taken off.

    It grows with ``v`` per row and falls with ``u`` per column, because l falls to the right.
    """
    row, column = v * grid.cell, -u * grid.cell
    return np.ascontiguousarray(row - np.rint(row)), np.ascontiguousarray(column - np.rint(column))


def centre_phase(u: Floats, v: Floats, grid: Grid) -> NDArray[np.complex128]:
    """Return ``exp(-2 pi i (u l0 + v m0))`` of the grid's centre pixel, shape (n_vis,)."""
    turns = u * grid.centre[0] + v * grid.centre[1]
    return np.asarray(np.exp(FOURIER_SIGN * 2j * np.pi * (turns - np.rint(turns))))


def check_sampling(u: Floats, v: Floats, grid: Grid) -> None:
    """Raise :class:`~bayesim.errors.GridError` if a baseline lies beyond the Nyquist frequency of the pixels."""
    longest = float(max(np.abs(u).max(initial=0.0), np.abs(v).max(initial=0.0)))
    if longest * grid.cell > 0.5 * (1 + 1e-12):
        raise GridError(
            f"cell {grid.cell / ARCSEC:.4g} arcsec under-samples the longest baseline "
            f"({longest:.4g} wavelengths along u or v needs <= {0.5 / longest / ARCSEC:.4g} arcsec): "
            f"use a smaller cell"
        )


def check_response(response: Floats | None, grid: Grid) -> Floats | None:
    """Return the response as float64, or raise :class:`~bayesim.errors.GridError` if it does not fit the grid."""
    if response is None:
        return None
    if np.shape(response) != grid.shape or not np.all(np.isfinite(response)):
        raise GridError(f"response has shape {np.shape(response)}: give a finite factor per pixel of {grid.shape}")
    return np.asarray(response, dtype=np.float64)
