"""Noise that neighbouring channels share has the weights' variance and the correlation that was asked for."""

import numpy as np
import pytest

from bayesim.data import Spectra, from_arrays, with_channel_noise
from bayesim.errors import DataError

ROWS = 20_000


@pytest.fixture(scope="module")
def table():
    u, v = np.random.default_rng(1).uniform(10.0, 99.0, (2, 4 * ROWS))
    vis = from_arrays(u, v, np.full(4 * ROWS, 2.0 - 1.0j), sigma=np.linspace(0.1, 0.4, 4 * ROWS))
    return Spectra(vis, 4)


def test_variance_and_correlation(table):
    seen = with_channel_noise(table, [1.0, 2 / 3, 1 / 6], seed=2)
    noise = ((seen.data - table.vis.data) * table.vis.weight**0.5).reshape(4, ROWS)
    expected = [1.0, 2 / 3, 1 / 6, 0.0]
    for part in (noise.real, noise.imag):
        power = [np.mean(part[: 4 - k] * part[k:]) for k in range(4)]
        np.testing.assert_allclose(power, expected, atol=0.03)
    assert abs(np.mean(noise.real * noise.imag)) < 0.02
    again = with_channel_noise(table, [1.0, 2 / 3, 1 / 6], seed=2)
    np.testing.assert_array_equal(again.data, seen.data)
    np.testing.assert_array_equal(seen.weight, table.vis.weight)


def test_more_correlation_than_channels_is_cut(table):
    half = np.arange(len(table.vis)) < 2 * ROWS
    two = Spectra(table.vis.select(half, reason="two channels"), 2)
    noise = with_channel_noise(two, [1.0, 0.5, 0.2], seed=3).data - two.vis.data
    white = (noise * two.vis.weight**0.5).reshape(2, ROWS)
    assert np.mean((white[0] * white[1].conj()).real) / 2 == pytest.approx(0.5, abs=0.03)


def test_what_no_noise_has_is_refused(table):
    with pytest.raises(DataError, match="must begin with 1"):
        with_channel_noise(table, [0.5, 0.2], seed=1)
    with pytest.raises(DataError, match="not positive definite"):
        with_channel_noise(table, [1.0, 0.9], seed=1)
