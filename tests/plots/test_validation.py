"""Figures of calibration studies say what the tables say."""

import numpy as np
import pytest
import xarray as xr
from astropy.table import Table

from bayesim.errors import ModelError
from bayesim.maps import Beam
from bayesim.plots import coverage, rank_ecdf
from bayesim.validation import Coverage, coverage_table

KEPT = 49


@pytest.fixture
def ranks(rng):
    values = rng.integers(0, KEPT + 1, (2, 100))
    values[1] //= 2
    return xr.Dataset(
        {"rank": (("quantity", "replicate"), values)},
        {"quantity": ["lambda", "flux"]},
        {"kept": KEPT, "seed": 0, "failed": 0},
    )


def test_ranks_that_leave_the_band_are_counted(ranks):
    ax = rank_ecdf(ranks)
    assert "1 of 2 quantities leave the band, 100 replicates" in ax.get_title(loc="left")
    good, bad = (line.get_ydata() for line in ax.get_lines())
    assert np.abs(good).max() < 0.2
    # all truths in the lower half: the ECDF is ahead by half in the middle
    assert np.max(bad) == pytest.approx(0.5, abs=0.03)
    assert "lambda" in ax.get_legend().get_texts()[1].get_text()


def test_one_quantity_may_be_drawn(ranks):
    assert "0 of 1" in rank_ecdf(ranks, names=("lambda",)).get_title(loc="left")
    with pytest.raises(ModelError, match="no quantity"):
        rank_ecdf(ranks, names=("gamma",))


def study(rng, n=50):
    flux = np.repeat([5.0, 10.0], n)
    mean = flux + rng.standard_normal(2 * n)
    columns = {"field": np.tile(np.arange(n), 2), "flux": flux, "snr": flux, "candidates": np.ones(2 * n, int)}
    inclusion = np.where(flux == 5.0, 0.4, 1.0)
    injected = Table(columns | {"inclusion": inclusion, "mean": mean, "low": mean - 1.96, "high": mean + 1.96})
    return Coverage(injected, Table(), Table(), beam=Beam(2e-5, 1e-5, 0.0), sigma=1.0, prob=0.95)


def test_coverage_is_drawn_over_signal_to_noise(rng):
    found = study(rng)
    ax = coverage(found)
    held = next(line for line in ax.get_lines() if line.get_marker() == "o")
    np.testing.assert_allclose(held.get_xdata(), [5.0, 10.0])
    np.testing.assert_allclose(held.get_ydata(), coverage_table(found)["covered"])
    detected = next(line for line in ax.get_lines() if line.get_marker() == "s")
    np.testing.assert_array_equal(detected.get_ydata(), [0.0, 1.0])
    assert "50 injections" in ax.get_title(loc="left")


def test_a_study_of_empty_fields_has_no_curve(rng):
    empty = Coverage(Table(), Table(), Table(), beam=Beam(2e-5, 1e-5, 0.0), sigma=1.0, prob=0.95)
    with pytest.raises(ModelError, match="nothing was injected"):
        coverage(empty)
