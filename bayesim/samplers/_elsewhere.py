"""Sources between the candidates: born anywhere in the field, moved, and removed again, one at a time, compiled.

Reversible jumps (Green 1995, Biometrika 82, 711; Geyer & Moller 1994, Scand. J. Stat. 21, 359) with the flux
integrated out of every decision.
"""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.operators._compiled import compiled_in_order
from bayesim.operators.table import Table, differences, value
from bayesim.samplers._source_sweep import positive_normal, single
from bayesim.solvers.candidates import NODES, Candidates

__all__ = ["Field", "field_of", "placed", "roam"]

Floats = NDArray[np.float64]

_NEAR = 0.2
"""Standard deviation of a step in beams: about the error of the place of a source at the detection limit."""

_APART = 1.0
"""Beams between such a source and any candidate: closer by, the two would trade flux for ever, and a candidate's own
patch, half a beam wide at most, holds what is there."""


class Field(NamedTuple):
    """What the moves have to know, and room to work in."""

    residual: Table
    kernel: Table
    limits: Floats
    cells: Floats
    """Cumulative probability of the cells in which a source is tried."""
    density: Floats
    """Probability per steradian of the same, shape (rows, columns)."""
    step: Floats
    """Shape (2, 2): turns standard normals into a step in l and m."""
    l: Floats
    m: Floats
    beams: Floats
    """Shape (2, 2): turns l and m into beams."""
    node_l: Floats
    node_m: Floats
    node_t: Floats
    ones: Floats
    curvature: float


def field_of(candidates: Candidates) -> Field | None:
    """Return the field around candidates, or None where they know of none."""
    own, around = candidates, candidates.around
    if around is None:
        return None
    corners = np.einsum("kij,nj->kni", own.spread, NODES)
    l, m = ((centre[:, None] + corners[..., i]).ravel() for i, centre in enumerate((own.l, own.m)))
    cell = np.prod(np.ptp(around.limits, axis=1)) / around.odds.size
    return Field(
        residual=around.residual,
        kernel=around.kernel,
        limits=around.limits,
        cells=np.cumsum(around.odds.ravel()),
        density=around.odds / cell,
        step=_NEAR * np.linalg.inv(around.beams),
        l=own.l,
        m=own.m,
        beams=around.beams,
        node_l=l,
        node_m=m,
        node_t=w_phase_cosine(l, m),
        ones=np.ones(l.size),
        curvature=own.sum_weight,
    )


@compiled_in_order
def _up(l: float, m: float) -> float:
    square = l * l + m * m
    return -square / (1.0 + math.sqrt(1.0 - square))


@compiled_in_order
def _free(field: Field, l: float, m: float) -> bool:
    """Return whether a place is in the field and apart from every candidate."""
    low, high = field.limits[:, 0], field.limits[:, 1]
    if not (low[0] <= l <= high[0] and low[1] <= m <= high[1]):
        return False
    beams = field.beams
    for j in range(field.l.size):
        dl, dm = l - field.l[j], m - field.m[j]
        x, y = beams[0, 0] * dl + beams[0, 1] * dm, beams[1, 0] * dl + beams[1, 1] * dm
        if x * x + y * y < _APART * _APART:
            return False
    return True


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
def _pull(field: Field, excess: Floats, flux: Floats, place: Floats, room: Floats, l: float, m: float) -> float:
    """Return the residual of all present sources at a place, in 1/Jy."""
    t = _up(l, m)
    left = value(field.residual, l, m, t)
    left -= differences(field.kernel, l, m, t, field.node_l, field.node_m, field.node_t, excess, room)
    return left - differences(field.kernel, l, m, t, place[0], place[1], place[2], flux, room)


@compiled_in_order
def _add(field: Field, residual: Floats, room: Floats, l: float, m: float, flux: float) -> None:
    """Take a source out of the residual at the nodes."""
    differences(field.kernel, l, m, _up(l, m), field.node_l, field.node_m, field.node_t, field.ones, room)
    for i in range(residual.size):
        residual[i] -= flux * room[i]


@compiled_in_order
def _set(flux: Floats, place: Floats, j: int, f: float, l: float, m: float) -> None:
    flux[j], place[0, j], place[1, j], place[2, j] = f, l, m, _up(l, m)


@compiled_in_order
def _energy(flux: float, pull: float, curvature: float) -> float:
    """Return what a source adds to chi-squared."""
    return flux * (curvature * flux - 2.0 * pull)


@compiled_in_order
def _born(
    rng: Any, field: Field, excess: Floats, residual: Floats, flux: Floats, place: Floats, n: int, room: Floats,
    variance: float, rate: float, density: float,
) -> float:  # fmt: skip
    l, m = _somewhere(rng, field)
    if n == flux.size or not _free(field, l, m):
        return 0.0
    pull = _pull(field, excess, flux[:n], place[:, :n], room, l, m)
    mean, sd, evidence = single(pull, field.curvature, variance, rate)
    odds = math.log(density / (_cell(field, l, m) * (n + 1))) + evidence
    if math.log1p(-rng.random()) >= odds:
        return 0.0
    f = positive_normal(rng, mean, sd)
    _set(flux, place, n, f, l, m)
    _add(field, residual, room, l, m, f)
    return _energy(f, pull, field.curvature)


@compiled_in_order
def _dead(
    rng: Any, field: Field, excess: Floats, residual: Floats, flux: Floats, place: Floats, n: int, room: Floats,
    variance: float, rate: float, density: float,
) -> float:  # fmt: skip
    j = int(rng.random() * n)
    f, l, m = flux[j], place[0, j], place[1, j]
    flux[j] = 0.0
    pull = _pull(field, excess, flux[:n], place[:, :n], room, l, m)
    evidence = single(pull, field.curvature, variance, rate)[2]
    odds = math.log(density / (_cell(field, l, m) * n)) + evidence
    if math.log1p(-rng.random()) >= -odds:
        flux[j] = f
        return 0.0
    _add(field, residual, room, l, m, -f)
    # the present ones stay at the front
    _set(flux, place, j, flux[n - 1] if j < n - 1 else 0.0, place[0, n - 1], place[1, n - 1])
    _set(flux, place, n - 1, 0.0, 0.0, 0.0)
    return -_energy(f, pull, field.curvature)


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
    pull = _pull(field, excess, flux[:n], place[:, :n], room, l, m)
    change = -_energy(old, pull, field.curvature)
    mean, sd, evidence = single(pull, field.curvature, variance, rate)
    _add(field, residual, room, l, m, -old)
    if _free(field, to_l, to_m):
        trial = _pull(field, excess, flux[:n], place[:, :n], room, to_l, to_m)
        to_mean, to_sd, there = single(trial, field.curvature, variance, rate)
        if math.log1p(-rng.random()) < there - evidence:
            pull, mean, sd, l, m = trial, to_mean, to_sd, to_l, to_m
    f = positive_normal(rng, mean, sd)
    _set(flux, place, j, f, l, m)
    _add(field, residual, room, l, m, f)
    return change + _energy(f, pull, field.curvature)


@compiled_in_order
def placed(field: Field, excess: Floats, residual: Floats, flux: Floats, place: Floats) -> float:
    """Take sources out of the residual at the nodes, one after the other; return what they add to chi-squared."""
    room, change, n = np.empty(flux.size + residual.size), 0.0, np.count_nonzero(flux)
    for j in range(n):
        pull = _pull(field, excess, flux[:j], place[:, :j], room, place[0, j], place[1, j])
        _add(field, residual, room, place[0, j], place[1, j], flux[j])
        change += _energy(flux[j], pull, field.curvature)
    return change


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
