"""The operator of an active set: the direct sum and the type-3 transform are one operator."""

import numpy as np
import pytest

from bayesim.errors import DataError, GridError
from bayesim.operators import Dft, Operator, Sparse


@pytest.fixture
def points(rng):
    return tuple(rng.uniform(-300, 300, (3, 90))), tuple(rng.uniform(-0.1, 0.1, (2, 25)))


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("coplanar", [True, False])
def test_equals_the_exact_sum_either_way(points, rng, coplanar, direct, monkeypatch):
    monkeypatch.setattr("bayesim.operators.sparse._SECONDS_PER_PAIR", 0.0 if direct else 1e9)
    (u, v, w), (l, m) = points
    w = None if coplanar else w
    operator, exact = Sparse(u, v, w, l, m, tolerance=1e-9, threads=2), Dft(u, v, w, l, m)
    assert isinstance(operator, Operator)
    assert operator.direct is direct
    x, y = rng.normal(size=25), rng.normal(size=90) + 1j * rng.normal(size=90)
    forward, adjoint = operator.forward(x), operator.adjoint(y)
    assert np.abs(forward - exact.forward(x)).max() <= 1e-8 * np.abs(x).sum()
    assert np.abs(adjoint - exact.adjoint(y)).max() <= 1e-8 * np.abs(y).sum()
    assert np.vdot(forward, y).real == pytest.approx(np.dot(x, adjoint), rel=1e-12 if direct else 1e-8)


def test_direct_sum_is_accurate_to_rounding(points, rng):
    (u, v, w), (l, m) = points
    x = rng.normal(size=25)
    error = Sparse(u, v, w, l, m).forward(x) - Dft(u, v, w, l, m).forward(x)
    assert np.abs(error).max() < 1e-11 * np.abs(x).sum()


def test_many_directions_take_the_transform(rng):
    u, v, w = rng.uniform(-30, 30, (3, 20_000))
    assert Sparse(u, v, w, *rng.uniform(-0.1, 0.1, (2, 10))).direct
    assert not Sparse(u, v, w, *rng.uniform(-0.1, 0.1, (2, 20_000))).direct


def test_no_direction_gives_zero(points):
    (u, v, w), _ = points
    operator = Sparse(u, v, w, np.array([]), np.array([]))
    np.testing.assert_array_equal(operator.forward(np.array([])), np.zeros(90))
    assert operator.adjoint(np.ones(90, dtype=complex)).shape == (0,)


def test_refusals(points):
    (u, v, w), (l, m) = points
    with pytest.raises(DataError, match="u, v, w"):
        Sparse(u, v[:-1], w, l, m)
    with pytest.raises(DataError, match="l, m"):
        Sparse(u, v, None, l[:, None], m[:, None])
    with pytest.raises(DataError, match="one flux per direction"):
        Sparse(u, v, w, l, m).forward(np.ones(24))
    with pytest.raises(GridError, match="tolerance"):
        Sparse(u, v, w, l, m, tolerance=0.5)
    with pytest.raises(GridError, match="threads"):
        Sparse(u, v, w, l, m, threads=0)
