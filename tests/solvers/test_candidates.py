"""Candidates: the fit and what its residual hints at; the quadratic form against exact sums; the file."""

from copy import copy
from dataclasses import fields, replace

import numpy as np
import pytest

from bayesim.errors import FormatError, ModelError
from bayesim.operators import Coplanar, Directions, Residual, exact_gram, measure
from bayesim.operators.table import Table
from bayesim.priors import PositiveLaplace
from bayesim.solvers import OffGrid, PolyClean, candidates, load_candidates, save_candidates
from bayesim.solvers.candidates import NODES
from bayesim.solvers.elsewhere import Elsewhere
from bayesim.testing.off_grid import point_field


@pytest.fixture(scope="module")
def fitted():
    field = point_field(seed=3)
    equations = Coplanar(measure(field.vis, field.grid))
    solution = PolyClean().solve(equations, PositiveLaplace(0.05 * equations.dirty.max()))
    directions = Directions(field.vis, field.grid, coplanar=True)
    return directions, OffGrid().refine(directions, solution)


@pytest.fixture(scope="module")
def found(fitted):
    return candidates(*fitted, level=2.0, faint=True)


def nodes(found):
    l, m = found.directions(np.broadcast_to(NODES[:, None], (6, found.size, 2)))
    return l.T.ravel(), m.T.ravel()


def test_the_fit_comes_first_and_hints_follow(fitted, found):
    points = fitted[1]
    assert found.size > points.size
    assert np.array_equal(found.flux[: points.size], points.flux)
    assert not found.flux[points.size :].any()
    assert candidates(*fitted, level=50.0).size == points.size


def test_gram_and_pull_are_exact_sums(fitted, found):
    vis, points = fitted[0].vis, fitted[1]
    l, m = nodes(found)
    exact = exact_gram(vis.u, vis.v, None, vis.weight, (l, m))
    assert np.abs(found.gram - exact).max() < 1e-5 * vis.sum_weight
    phase = -2j * np.pi * (np.outer(vis.u, points.l) + np.outer(vis.v, points.m))
    left = vis.data - np.exp(phase) @ points.flux
    pull = np.exp(2j * np.pi * (np.outer(l, vis.u) + np.outer(m, vis.v))) @ (vis.weight * left)
    assert np.abs(found.pull - pull.real).max() < 1e-5 * vis.sum_weight * points.flux.max()
    assert found.energy == pytest.approx(float(np.sum(vis.weight * np.abs(left) ** 2)), rel=1e-7)


def test_patches_are_position_errors(fitted, found):
    points = fitted[1]
    scale = max(1.0, points.reduced_chi2)
    covariance = found.spread @ found.spread.transpose(0, 2, 1)
    assert np.allclose(covariance[: points.size], scale * points.position_covariance, rtol=1e-6)


def test_no_node_leaves_the_field(fitted):
    directions, points = fitted
    edge = replace(points, l=np.append(points.l[:-1], directions.grid.l.max()))
    l, m = nodes(candidates(directions, edge))
    grid = directions.grid
    assert l.max() <= grid.l.max() + 1e-12
    assert m.max() <= grid.m.max() + 1e-12


def test_refusals(fitted):
    directions, points = fitted
    with pytest.raises(ModelError, match="level 0"):
        candidates(directions, points, level=0)
    with pytest.raises(ModelError, match="1 sources are negative"):
        candidates(directions, replace(points, flux=np.append(points.flux[:-1], -1.0)))
    with pytest.raises(ModelError, match="pixels only"):
        candidates(directions, replace(points, fit=Residual(np.zeros(directions.grid.shape), 1.0)))


def same(one, other):
    if isinstance(one, Elsewhere):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    if isinstance(one, Table):
        return all(map(same, one, other))
    return np.array_equal(one, other)


def test_file_round_trip(found, tmp_path):
    path = tmp_path / "candidates.npz"
    save_candidates(found, path, run="one")
    again = load_candidates(path, run="one")
    for each in fields(found):
        assert same(getattr(found, each.name), getattr(again, each.name)), each.name
    with pytest.raises(ModelError, match="other data"):
        load_candidates(path, run="two")


def test_damaged_files_are_refused(found, tmp_path):
    path = tmp_path / "candidates.npz"
    save_candidates(replace(found, pull=found.pull[:-1]), path, run="one")
    with pytest.raises(FormatError, match="pull"):
        load_candidates(path, run="one")
    save_candidates(replace(found, energy=float("nan")), path, run="one")
    with pytest.raises(FormatError, match="energy"):
        load_candidates(path, run="one")
    table = found.around.kernel
    # a look-up outside a table would read memory that is not its own
    for bad in (table._replace(coefficients=table.coefficients[:-20].copy()), table._replace(step=-table.step)):
        damaged = copy(found.around)
        object.__setattr__(damaged, "kernel", bad)
        save_candidates(replace(found, around=damaged), path, run="one")
        with pytest.raises(FormatError, match="smaller field"):
            load_candidates(path, run="one")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(FormatError):
        load_candidates(path, run="one")
