"""The field between the candidates as compiled loops see it: the residual at any place, and who is near."""
# ruff: noqa: PLR0917 - compiled code takes its arguments in order

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import w_phase_cosine
from bayesim.operators._compiled import compiled_in_order
from bayesim.operators.table import Table, differences, value
from bayesim.solvers.candidates import NODES, Candidates

__all__ = ["Field", "add", "energy", "field_of", "free", "height", "placed", "pull"]

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
def height(l: float, m: float) -> float:
    """Return ``n - 1`` of a direction."""
    square = l * l + m * m
    return -square / (1.0 + math.sqrt(1.0 - square))


@compiled_in_order
def free(field: Field, l: float, m: float) -> bool:
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
def pull(field: Field, excess: Floats, flux: Floats, place: Floats, room: Floats, l: float, m: float) -> float:
    """Return the residual of all present sources at a place, in 1/Jy."""
    t = height(l, m)
    left = value(field.residual, l, m, t)
    left -= differences(field.kernel, l, m, t, field.node_l, field.node_m, field.node_t, excess, room)
    return left - differences(field.kernel, l, m, t, place[0], place[1], place[2], flux, room)


@compiled_in_order
def add(field: Field, residual: Floats, room: Floats, l: float, m: float, flux: float) -> None:
    """Take a source out of the residual at the nodes."""
    differences(field.kernel, l, m, height(l, m), field.node_l, field.node_m, field.node_t, field.ones, room)
    for i in range(residual.size):
        residual[i] -= flux * room[i]


@compiled_in_order
def energy(flux: float, pull: float, curvature: float) -> float:
    """Return what a source adds to chi-squared."""
    return flux * (curvature * flux - 2.0 * pull)


@compiled_in_order
def placed(field: Field, excess: Floats, residual: Floats, flux: Floats, place: Floats) -> float:
    """Take sources out of the residual at the nodes, one after the other; return what they add to chi-squared."""
    room, change, n = np.empty(flux.size + residual.size), 0.0, np.count_nonzero(flux)
    for j in range(n):
        left = pull(field, excess, flux[:j], place[:, :j], room, place[0, j], place[1, j])
        add(field, residual, room, place[0, j], place[1, j], flux[j])
        change += energy(flux[j], left, field.curvature)
    return change
