"""uv_coverage, radial and predictive."""

import numpy as np
import pytest

from bayesim import plots
from bayesim.errors import DataError


def _predicted(visibilities, rng, *, scale=1.0):
    sigma = visibilities.weight**-0.5
    noise = rng.standard_normal((2, len(visibilities)))
    return visibilities.data + scale * sigma * (noise[0] + 1j * noise[1])


def test_uv_coverage_shows_both_halves(visibilities):
    ax = plots.uv_coverage(visibilities)
    u, v = ax.lines[0].get_data()
    assert len(u) == 2 * len(visibilities)
    assert u.sum() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(np.hypot(u, v).max() * 1e3, visibilities.longest_baseline)
    assert ax.get_xlabel() == "u (kλ)"
    assert ax.xaxis_inverted()
    assert ax.get_aspect() == 1.0


def test_many_visibilities_become_a_density(visibilities, monkeypatch):
    import sys

    monkeypatch.setattr(sys.modules["bayesim.plots.uv_coverage"], "_DENSE", 100)
    ax = plots.uv_coverage(visibilities)
    assert not ax.lines
    assert np.nansum(ax.collections[0].get_array()) == 2 * len(visibilities)


def test_radial_is_one_for_pure_noise(visibilities, rng):
    ax = plots.radial(visibilities, _predicted(visibilities, rng), bins=10)
    points = ax.lines[-1].get_ydata()
    assert len(points) == 10
    assert points.mean() == pytest.approx(1.0, abs=0.1)
    assert ax.get_xlabel() == "Baseline length (kλ)"


def test_radial_shows_where_the_fit_fails(visibilities, rng):
    predicted = _predicted(visibilities, rng)
    long = np.hypot(visibilities.u, visibilities.v) > 0.8 * visibilities.longest_baseline
    predicted[long] += 2.0
    points = plots.radial(visibilities, predicted, bins=10).lines[-1].get_ydata()
    assert points[-1] > 5
    assert points[0] < 1.5


def test_radial_of_draws_has_bars(visibilities, rng):
    draws = np.stack([_predicted(visibilities, rng) for _ in range(20)])
    ax = plots.radial(visibilities, draws, bins=5)
    assert "20 posterior draws" in ax.get_legend_handles_labels()[1][-1]


def test_predictive_counts_bins(visibilities, rng):
    flux, predicted = np.abs(visibilities.data).mean(), np.zeros(len(visibilities), dtype=complex)
    ax = plots.predictive(visibilities, predicted, seed=3, bins=12)
    assert flux > 1
    assert "0 of 12 bins inside" in ax.get_title(loc="left")
    assert ax.get_ylabel() == "Mean amplitude (Jy)"


def test_predictive_is_reproducible(visibilities, rng):
    predicted = _predicted(visibilities, rng)
    one, two = (plots.predictive(visibilities, predicted, seed=3).lines[0].get_ydata() for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_predictions_must_fit_the_data(visibilities):
    with pytest.raises(DataError, match="1500"):
        plots.radial(visibilities, np.zeros(3, dtype=complex))
    with pytest.raises(DataError, match="1500"):
        plots.predictive(visibilities, np.zeros(3, dtype=complex), seed=0)
