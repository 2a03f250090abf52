"""Observations joined on one axis: what adds up, and what may not be joined."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.data import closure_phases, from_arrays, joined
from bayesim.errors import DataError


def band(frequency, names=("A", "B", "C")):
    rng = np.random.default_rng(int(frequency))
    u, v = rng.uniform(-1e5, 1e5, (2, 3))
    data = np.exp(2j * np.pi * rng.uniform(size=3))
    vis = from_arrays(u, v, data, sigma=np.full(3, 0.1), antenna1=[0, 1, 0], antenna2=[1, 2, 2], time=np.full(3, 6e4))
    return replace(vis, frequency=np.full(3, frequency), antenna_names=names, phase_centre=(1.0, 0.5))


def test_everything_is_kept_in_order_and_accounts_add_up():
    low, high = band(1e9).select(np.array([True, True, True]), reason="none"), band(2e9)
    both = joined([low, high])
    for name in ("u", "v", "w", "data", "weight", "time", "frequency", "antenna1"):
        assert np.array_equal(getattr(both, name), np.concatenate([getattr(low, name), getattr(high, name)])), name
    assert both.account.read == low.account.read + high.account.read
    shorter = low.select(np.array([True, False, True]), reason="SNR")
    assert joined([shorter, high]).account.dropped == {"SNR": 1}


def test_closures_of_two_bands_are_those_of_each():
    low, high = band(1e9), band(2e9)
    apart = [closure_phases(vis).value for vis in (low, high)]
    assert sorted(closure_phases(joined([low, high])).value) == pytest.approx(sorted(np.concatenate(apart)))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "at least one part"),
        ([band(1e9), band(2e9, names=("A", "C", "B"))], "stations differ"),
        ([band(1e9), replace(band(2e9), phase_centre=(1.0, 0.6))], "phase centres differ"),
        ([band(1e9), replace(band(2e9), phase_centre=None)], "one of them is unknown"),
    ],
)
def test_what_does_not_belong_together_is_refused(parts, message):
    with pytest.raises(DataError, match=message):
        joined(parts)
