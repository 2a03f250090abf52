"""Simulated gains: products of stations, constant in an interval, weights changed with the data."""

import numpy as np
import pytest

from bayesim.data import Groups, PointSource, array, by_scan, closure_phases, observe, station_pairs, uncalibrated
from bayesim.errors import DataError


@pytest.fixture(scope="module")
def vis():
    sky = {"sources": [PointSource(1.0, 2e-9, 0.0)], "declination": 0.6, "frequency": 5e9}
    return observe(array("vlba"), hour_angles=[-0.5, 0.0, 0.5], sigma=0.01, seed=1, **sky)


def test_gains_are_products_of_stations_and_their_closures_are_nothing(vis):
    scans = by_scan(vis)
    seen = uncalibrated(vis, scans, amplitude=0.2, seed=3)
    factor = seen.data / vis.data
    np.testing.assert_allclose(seen.weight, vis.weight / np.abs(factor) ** 2)
    # a wrong conjugate would leave the phases of triangles changed
    before, after = closure_phases(vis), closure_phases(seen)
    np.testing.assert_allclose(np.exp(1j * (after.value - before.value)), 1.0, atol=1e-9)
    pairs = station_pairs(vis)
    logs = np.zeros(len(vis))
    for k in range(len(scans)):
        rows = scans.index == k
        design = np.zeros((int(rows.sum()), len(pairs.labels)))
        design[np.arange(len(design)), pairs.first[rows]] += 1.0
        design[np.arange(len(design)), pairs.second[rows]] += 1.0
        solved = np.linalg.lstsq(design, np.log(np.abs(factor[rows])), rcond=None)[0]
        logs[rows] = design @ solved
        assert 0.05 < solved.std() < 0.5
    np.testing.assert_allclose(logs, np.log(np.abs(factor)), atol=1e-10)


def test_stations_differ_by_their_spread(vis):
    names = station_pairs(vis).labels
    seen = uncalibrated(vis, by_scan(vis), amplitude=np.zeros(len(names)), seed=3)
    np.testing.assert_allclose(np.abs(seen.data), np.abs(vis.data))
    assert np.abs(seen.data - vis.data).max() > 1.0


@pytest.mark.parametrize("amplitude", [-0.1, np.nan, [0.1, 0.2]])
def test_bad_spreads_are_refused(vis, amplitude):
    with pytest.raises(DataError, match="one per station"):
        uncalibrated(vis, by_scan(vis), amplitude=amplitude, seed=1)


def test_intervals_of_other_data_are_refused(vis):
    with pytest.raises(DataError, match="make them anew"):
        uncalibrated(vis, Groups(np.zeros(3, dtype=int), ("all",)), amplitude=0.1, seed=1)
