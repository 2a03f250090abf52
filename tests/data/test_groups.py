"""Groups of visibilities and pairs of stations: who belongs where, by hand-made cases, and what is refused."""

import numpy as np
import pytest

from bayesim.data import (
    Groups,
    by_baseline,
    by_baseline_length,
    by_interval,
    by_scan,
    by_spectral_window,
    crossed,
    from_arrays,
    station_pairs,
)
from bayesim.errors import DataError

NAMES = ("AA", "BB", "CC", "DD", "EE")


@pytest.fixture
def vis():
    return from_arrays(
        u=[30.0, 0.0, 500.0, 40.0, -600.0, 7.0],
        v=[40.0, 100.0, 0.0, 30.0, 0.0, 0.0],
        data=np.ones(6, dtype=complex),
        weight=1.0,
        antenna1=[0, 3, 0, 1, 3, 0],
        antenna2=[1, 1, 3, 0, 0, 1],
        time=57854.0 + np.array([300.0, 0.0, 10.0, 305.0, 20.0, 310.0]) / 86400,
        frequency=np.array([1.0, 1.001, 2.0, 1.0005, 2.001, 1.0]) * 1e9,
        antenna_names=NAMES,
    )


def test_scans_end_with_a_gap_whatever_the_order(vis):
    groups = by_scan(vis, gap=60.0)
    assert groups.index.tolist() == [1, 0, 0, 1, 0, 1]
    assert groups.labels == ("scan 0", "scan 1")
    assert groups.counts.tolist() == [3, 3]
    assert len(by_scan(vis, gap=8.0)) == 4


def test_intervals_are_counted_from_the_first_visibility_and_empty_ones_left_out(vis):
    assert by_interval(vis, length=10.0).index.tolist() == [3, 0, 1, 3, 2, 4]


def test_spectral_windows_are_named_by_their_centre(vis):
    groups = by_spectral_window(vis, gap=5e6)
    assert groups.index.tolist() == [0, 0, 1, 0, 1, 0]
    assert groups.labels == ("window 0 (1.00038 GHz)", "window 1 (2.0005 GHz)")


def test_lengths_are_cut_at_the_edges(vis):
    groups = by_baseline_length(vis, [50.0, 200.0, 1e4])
    # 50, 100, 500, 50, 600 and 7 wavelengths: an edge belongs to the longer side
    assert groups.index.tolist() == [1, 1, 2, 1, 2, 0]
    assert groups.labels[0] == "0 to 50 wavelengths"


def test_a_baseline_is_one_whichever_station_comes_first(vis):
    groups = by_baseline(vis)
    assert groups.labels == ("AA-BB", "AA-DD", "BB-DD")
    assert groups.index.tolist() == [0, 2, 1, 0, 1, 0]


def test_groups_are_crossed(vis):
    both = crossed(by_scan(vis), by_spectral_window(vis, gap=5e6))
    assert both.index.tolist() == [2, 0, 1, 2, 1, 2]
    assert both.labels[1] == "scan 0, window 1 (2.0005 GHz)"
    with pytest.raises(DataError, match="of the same ones"):
        crossed(by_scan(vis), Groups(np.zeros(2, dtype=int), ("all",)))


def test_values_are_handed_to_members(vis):
    np.testing.assert_array_equal(by_scan(vis).of(np.array([5.0, 7.0])), [7, 5, 5, 7, 5, 7])
    pairs = station_pairs(vis)
    assert pairs.labels == ("AA", "BB", "DD")
    np.testing.assert_array_equal(pairs.product(np.array([2.0, 3.0, 5.0])), [6, 15, 10, 6, 10, 6])


def test_what_cannot_be_grouped_is_refused(vis):
    blank = from_arrays([1.0, 2.0], [1.0, 0.0], np.ones(2, dtype=complex), weight=1.0)
    for make, what in (
        (by_scan, "time"),
        (by_baseline, "antennas"),
        (station_pairs, "antennas"),
        (lambda v: by_spectral_window(v, gap=1.0), "frequency"),
        (lambda v: by_interval(v, length=1.0), "time"),
    ):
        with pytest.raises(DataError, match=what):
            make(blank)
    with pytest.raises(DataError, match="positive seconds"):
        by_interval(vis, length=0.0)
    with pytest.raises(DataError, match="must be finite and increase"):
        by_baseline_length(vis, [3.0, 3.0])
    with pytest.raises(DataError, match="hold no visibility"):
        Groups(np.array([0, 2]), ("a", "b", "c"))
    with pytest.raises(DataError, match="leave the 1 labels"):
        Groups(np.array([0, 1]), ("a",))
    with pytest.raises(DataError, match="whole number"):
        Groups(np.array([0.0, 1.0]), ("a", "b"))
