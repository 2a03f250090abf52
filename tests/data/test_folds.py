"""What is held out: neighbours and Hermitian twins stay together, and nothing is both fitted and held out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesim import data
from bayesim.errors import DataError


def visibilities(uv, *, antennas=None):
    u, v = np.asarray(uv, dtype=float).T
    pairs = {} if antennas is None else dict(zip(("antenna1", "antenna2"), np.asarray(antennas).T, strict=True))
    return data.from_arrays(u, v, np.ones(u.size, dtype=complex), weight=np.ones(u.size), **pairs)


def random(seed, n=200):
    return np.random.default_rng(seed).normal(scale=100.0, size=(n, 2))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000))
def test_a_sample_and_its_twin_share_their_cell(seed):
    uv = random(seed)
    sign = np.random.default_rng(seed + 1).choice([-1, 1], size=(len(uv), 1))
    for group in (lambda v: data.by_uv_cell(v, cell=30.0), data.by_dartboard):
        one, other = group(visibilities(uv)), group(visibilities(sign * uv))
        np.testing.assert_array_equal(one.index, other.index)
        assert one.labels == other.labels


def test_uv_cells_are_squares_round_the_origin():
    uv = [(1, 1), (4, -4), (-3, 4), (6, 0), (-7, 1), (14, 0), (16, 0), (6, 6), (6, -6)]
    groups = data.by_uv_cell(visibilities(uv), cell=10.0)
    assert groups.index[0] == groups.index[1] == groups.index[2]
    assert groups.index[3] == groups.index[4] == groups.index[5]
    assert len({int(groups.index[k]) for k in (0, 3, 6, 7, 8)}) == 5


def test_a_dartboard_has_rings_and_sectors():
    uv = [(0, 1), (1, 0), (0, 100), (100, 0), (-99, 1)]
    groups = data.by_dartboard(visibilities(uv), rings=2, sectors=2)
    assert groups.labels == ("ring 0, sector 0", "ring 0, sector 1", "ring 1, sector 0", "ring 1, sector 1")
    # (-99, 1) is the twin of (99, -1), South of East
    assert groups.index.tolist() == [0, 1, 2, 3, 3]


def test_random_folds_keep_groups_whole_and_hold_out_everything_once():
    vis = visibilities(random(3))
    groups = data.by_uv_cell(vis, cell=40.0)
    folds = data.leave_out(groups, name="cells", folds=4, seed=1)
    assert len(folds) == 4
    assert np.all(folds.held_out.sum(axis=0) == 1)
    assert folds.never == 0
    assert not folds.overlapping
    for k in range(len(groups)):
        assert np.ptp(np.argmax(folds.held_out, axis=0)[groups.index == k]) == 0
    again, other = (data.leave_out(groups, name="cells", folds=4, seed=seed) for seed in (1, 2))
    np.testing.assert_array_equal(again.held_out, folds.held_out)
    assert np.any(other.held_out != folds.held_out)
    fitted, held = folds.parts(vis, 2)
    assert len(fitted) + len(held) == len(vis)
    assert not set(zip(fitted.u, fitted.v, strict=True)) & set(zip(held.u, held.v, strict=True))


def test_every_baseline_is_left_out_with_either_antenna():
    pairs = [(0, 1), (0, 2), (1, 2), (1, 3)]
    folds = data.leave_out_antennas(visibilities(random(0, n=4), antennas=pairs))
    assert folds.overlapping
    np.testing.assert_array_equal(folds.held_out.sum(axis=1), [2, 3, 2, 1])
    assert folds.labels[3] == "antenna 3"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda vis: data.by_uv_cell(vis, cell=0.0), "positive"),
        (lambda vis: data.by_uv_cell(vis, cell=np.nan), "positive"),
        (lambda vis: data.by_dartboard(vis, rings=0), "at least one"),
        (lambda vis: data.leave_out(data.by_dartboard(vis), name="cells", folds=1), "at least 2"),
        (lambda vis: data.leave_out(data.by_dartboard(vis), name="cells", folds=999), "999 folds"),
        (lambda vis: data.leave_out(data.by_dartboard(vis, rings=1, sectors=1), name="all"), "at least two"),
        (lambda vis: data.leave_out_antennas(vis), "antennas of every"),
        (lambda vis: data.Folds("none", np.zeros((2, len(vis)), dtype=bool), ("a", "b")), "nothing or everything"),
        (lambda vis: data.Folds("whole", np.zeros((2, len(vis))), ("a", "b")), "bool"),
    ],
)
def test_impossible_folds_are_refused(make, words):
    with pytest.raises(DataError, match=words):
        make(visibilities(random(1)))


def test_folds_of_other_data_are_refused():
    vis = visibilities(random(1))
    folds = data.leave_out(data.by_dartboard(vis), name="cells", folds=3)
    with pytest.raises(DataError, match="make them of these"):
        folds.parts(visibilities(random(1, n=50)), 0)
