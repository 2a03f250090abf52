"""Sources between the candidates: born anywhere in the field, moved, and removed again, one at a time, compiled.

Reversible jumps (Green 1995, Biometrika 82, 711; Geyer & Moller 1994, Scand. J. Stat. 21, 359) with the flux
integrated out of every decision.
"""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.samplers._field import Field, add, energy, free, height, pull
from bayesim.samplers._one_flux import positive_normal, single

__all__ = ["roam"]

Floats = NDArray[np.float64]


@compiled_in_order
def _cell(field: Field, l: float, m: float) -> float:
    """Return the density with which a place is tried."""
    rows, columns = field.density.shape
    low, high = field.limits[:, 0], field.limits[:, 1]
    column = min(int((l - low[0]) / (high[0] - low[0]) * columns), columns - 1)
    row = min(int((m - low[1]) / (high[1] - low[1]) * rows), rows - 1)
    return float(field.density[row, column])


@compiled_in_order
def _somewhere(rng: Any, field: Field) -> tuple[float, float]:
    """Draw a place to try."""
    rows, columns = field.density.shape
    low, high = field.limits[:, 0], field.limits[:, 1]
    cell = min(np.searchsorted(field.cells, rng.random() * field.cells[-1]), field.cells.size - 1)
    l = low[0] + (high[0] - low[0]) * (cell % columns + rng.random()) / columns
    return l, low[1] + (high[1] - low[1]) * (cell // columns + rng.random()) / rows


@compiled_in_order
def _set(flux: Floats, place: Floats, j: int, f: float, l: float, m: float) -> None:
    flux[j], place[0, j], place[1, j], place[2, j] = f, l, m, height(l, m)


@compiled_in_order
def _born(
    rng: Any, field: Field, excess: Floats, residual: Floats, flux: Floats, place: Floats, n: int, room: Floats,
    variance: float, rate: float, density: float,
) -> float:  # fmt: skip
    l, m = _somewhere(rng, field)
    if n == flux.size or not free(field, l, m):
        return 0.0
    left = pull(field, excess, flux[:n], place[:, :n], room, l, m)
    mean, sd, evidence = single(left, field.curvature, variance, rate)
    odds = math.log(density / (_cell(field, l, m) * (n + 1))) + evidence
    if math.log1p(-rng.random()) >= odds:
        return 0.0
    f = positive_normal(rng, mean, sd)
    _set(flux, place, n, f, l, m)
    add(field, residual, room, l, m, f)
    return energy(f, left, field.curvature)


@compiled_in_order
def _dead(
    rng: Any, field: Field, excess: Floats, residual: Floats, flux: Floats, place: Floats, n: int, room: Floats,
    variance: float, rate: float, density: float,
) -> float:  # fmt: skip
    j = int(rng.random() * n)
    f, l, m = flux[j], place[0, j], place[1, j]
    flux[j] = 0.0
    left = pull(field, excess, flux[:n], place[:, :n], room, l, m)
    evidence = single(left, field.curvature, variance, rate)[2]
    odds = math.log(density / (_cell(field, l, m) * n)) + evidence
    if math.log1p(-rng.random()) >= -odds:
        flux[j] = f
        return 0.0
    add(field, residual, room, l, m, -f)
    # the present ones stay at the front
    _set(flux, place, j, flux[n - 1] if j < n - 1 else 0.0, place[0, n - 1], place[1, n - 1])
    _set(flux, place, n - 1, 0.0, 0.0, 0.0)
    return -energy(f, left, field.curvature)


@compiled_in_order
def _moved(
    rng: Any, field: Field, excess: Floats, residual: Floats, flux: Floats, place: Floats, n: int, room: Floats,
    variance: float, rate: float,
) -> float:  # fmt: skip
    j = int(rng.random() * n)
    old, l, m = flux[j], place[0, j], place[1, j]
    x, y = rng.standard_normal(), rng.standard_normal()
    to_l = l + field.step[0, 0] * x + field.step[0, 1] * y
    to_m = m + field.step[1, 0] * x + field.step[1, 1] * y
    flux[j] = 0.0
    left = pull(field, excess, flux[:n], place[:, :n], room, l, m)
    change = -energy(old, left, field.curvature)
    mean, sd, evidence = single(left, field.curvature, variance, rate)
    add(field, residual, room, l, m, -old)
    if free(field, to_l, to_m):
        trial = pull(field, excess, flux[:n], place[:, :n], room, to_l, to_m)
        to_mean, to_sd, there = single(trial, field.curvature, variance, rate)
        if math.log1p(-rng.random()) < there - evidence:
            left, mean, sd, l, m = trial, to_mean, to_sd, to_l, to_m
    f = positive_normal(rng, mean, sd)
    _set(flux, place, j, f, l, m)
    add(field, residual, room, l, m, f)
    return change + energy(f, left, field.curvature)


@compiled_in_order
def roam(
    rng: Any,
    field: Field,
    excess: Floats,
    residual: Floats,
    flux: Floats,
    place: Floats,
    variance: float,
    rate: float,
    density: float,
    rounds: int,
) -> float:
    """Try births or deaths and moves, a fixed number of each, in place; return the change of chi-squared.

    Parameters
    ----------
    rng : Generator
        Random numbers.
    field : Field
        From :func:`field_of`.
    excess, residual : ndarray, shape (6 k,)
        Flux of the candidates' nodes beyond the fit's, in Jy, and the residual there, kept up to date, in 1/Jy.
    flux, place : ndarray, shape (slots,) and (3, slots)
        Jy, those present first and 0 after them; l, m and n - 1.
    variance, rate, density : float
        Square of the noise scale; 1/Jy; sources per steradian.
    rounds : int
        Each is two attempts at a birth or a death, and one move.
    """
    room, change = np.empty(flux.size + residual.size), 0.0
    for _ in range(rounds):
        for kind in range(3):
            n = int(np.count_nonzero(flux))
            if kind == 2:
                if n > 0:
                    change += _moved(rng, field, excess, residual, flux, place, n, room, variance, rate)
            elif rng.random() < 0.5:
                change += _born(rng, field, excess, residual, flux, place, n, room, variance, rate, density)
            elif n > 0:
                change += _dead(rng, field, excess, residual, flux, place, n, room, variance, rate, density)
    return change
