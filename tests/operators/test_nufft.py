"""The non-uniform FFT against the exact sum, its adjoint, its identity and its plan."""

import gc
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesim.errors import DataError, GridError
from bayesim.operators import _plans
from bayesim.operators._contract import Operator
from bayesim.operators.nufft import Nufft
from bayesim.sky import Grid

CELL = 5e-5


def baselines(n, *, seed=0, longest=0.45 / CELL):
    rng = np.random.default_rng(seed)
    return rng.uniform(-longest, longest, (2, n))


def exact(u, v, grid, image):
    """The measurement equation written out, one visibility at a time."""
    l, m = grid.l[None, :], grid.m[:, None]
    return np.array([np.sum(image * np.exp(-2j * np.pi * (a * l + b * m))) for a, b in zip(u, v, strict=True)])


def noise(shape, *, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape)


def reborn(thing):
    """What another process would get."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - bytes made on this line


SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
CENTRES = st.sampled_from([(0.0, 0.0), (0.01, -0.003)])


@settings(max_examples=100, deadline=None)
@given(shape=SHAPES, n=st.integers(1, 60), centre=CENTRES, seed=st.integers(0, 10**6))
def test_adjoint(shape, n, centre, seed):
    operator = Nufft(*baselines(n, seed=seed), Grid(shape, cell=CELL, centre=centre), tolerance=1e-13)
    x, y = noise(shape, seed=seed), noise((2, n), seed=seed + 1)
    y = y[0] + 1j * y[1]
    image, vis = operator.adjoint(y), operator.forward(x)
    left, right = np.vdot(vis, y).real, np.sum(x * image)
    scale = np.linalg.norm(vis) * np.linalg.norm(y) + np.linalg.norm(x) * np.linalg.norm(image)
    assert abs(left - right) <= 1e-12 * scale


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, centre=CENTRES, tolerance=st.sampled_from([1e-6, 1e-9, 1e-12]), seed=st.integers(0, 10**6))
def test_equals_the_exact_sum(shape, centre, tolerance, seed):
    grid = Grid(shape, cell=CELL, centre=centre)
    u, v = baselines(30, seed=seed)
    image = noise(shape, seed=seed)
    vis = Nufft(u, v, grid, tolerance=tolerance).forward(image)
    assert np.linalg.norm(vis - exact(u, v, grid, image)) <= 10 * tolerance * np.linalg.norm(image) * np.sqrt(30)


def test_a_source_to_the_north_east_has_the_phase_of_the_convention():
    grid = Grid((32, 48), cell=CELL)
    u, v = baselines(20)
    image = np.zeros(grid.shape)
    image[20, 10] = 2.0
    assert grid.l[10] > 0
    assert grid.m[20] > 0
    expected = 2.0 * np.exp(-2j * np.pi * (u * grid.l[10] + v * grid.m[20]))
    np.testing.assert_allclose(Nufft(u, v, grid, tolerance=1e-12).forward(image), expected, atol=1e-10)


def test_baselines_beyond_the_pixel_nyquist_wrap_as_the_sum_does():
    grid = Grid(16, cell=CELL)
    u, v = baselines(50, longest=20 / CELL)
    image = noise(grid.shape)
    vis = Nufft(u, v, grid, tolerance=1e-12).forward(image)
    np.testing.assert_allclose(vis, exact(u, v, grid, image), atol=1e-9)


def test_is_an_operator():
    operator = Nufft(*baselines(5), Grid(8, cell=CELL))
    assert isinstance(operator, Operator)
    assert operator.shape == (8, 8)
    assert operator.n_vis == 5


def test_equal_content_is_equal_and_shares_one_plan():
    u, v = baselines(9)
    grid = Grid(8, cell=CELL)
    a, b = Nufft(u, v, grid), Nufft(u.copy(), v.copy(), Grid(8, cell=CELL))
    assert a == b
    assert hash(a) == hash(b)
    assert a.plan is b.plan
    others = [
        Nufft(v, u, grid),
        Nufft(u, v, Grid(9, cell=CELL)),
        Nufft(u, v, Grid(8, cell=2 * CELL)),
        Nufft(u, v, Grid(8, cell=CELL, centre=(0.1, 0.0))),
        Nufft(u, v, grid, tolerance=1e-6),
        Nufft(u, v, grid, threads=2),
    ]
    assert len({a, *others}) == 1 + len(others)


def test_a_caller_that_changes_its_array_does_not_change_the_operator():
    u, v = baselines(9)
    operator = Nufft(u, v, Grid(8, cell=CELL))
    before = operator.forward(noise((8, 8)))
    u[:] = 0.0
    np.testing.assert_array_equal(reborn(operator).forward(noise((8, 8))), before)


def test_pickle_carries_the_points_and_not_the_plan():
    operator = Nufft(*baselines(100), Grid(8, cell=CELL, centre=(0.01, 0.02)))
    fresh = len(pickle.dumps(operator))
    expected = operator.forward(noise((8, 8)))
    assert len(pickle.dumps(operator)) == fresh
    copy = reborn(operator)
    assert copy == operator
    np.testing.assert_array_equal(copy.forward(noise((8, 8))), expected)


def test_the_plan_goes_with_its_last_user():
    operator = Nufft(*baselines(11), Grid(8, cell=CELL))
    key, slot = operator.plan.key, operator.plan.slot
    assert slot.words[0] != 0
    assert key in _plans._PLANS
    del operator
    gc.collect()
    assert key not in _plans._PLANS
    assert slot.words == (0, 0)


def test_concurrent_calls_give_identical_bits():
    operator = Nufft(*baselines(2000), Grid(32, cell=CELL))
    images = [noise((32, 32), seed=s) for s in range(16)]
    alone = [operator.forward(i) for i in images]
    back = [operator.adjoint(v) for v in alone]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(operator.forward, images))
        back_together = list(pool.map(operator.adjoint, together))
    for a, b in zip(alone + back, together + back_together, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("u", "v"),
    [([], []), ([1.0], [1.0, 2.0]), ([[1.0]], [[1.0]]), ([np.nan], [0.0]), ([0.0], [np.inf])],
)
def test_bad_baselines_are_refused(u, v):
    with pytest.raises(DataError):
        Nufft(np.array(u), np.array(v), Grid(4, cell=CELL))


@pytest.mark.parametrize("options", [{"tolerance": 0.0}, {"tolerance": 1.0}, {"threads": 0}])
def test_bad_options_are_refused(options):
    with pytest.raises(GridError):
        Nufft(*baselines(3), Grid(4, cell=CELL), **options)
