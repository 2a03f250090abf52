"""The table of an off-grid fit: columns, order, ellipses from North through East, round trip."""

import numpy as np
import pytest
from astropy.table import Table

from bayesim.conventions import ARCSEC
from bayesim.errors import ModelError
from bayesim.maps import point_catalogue, write_catalogue
from bayesim.operators import Residual
from bayesim.sky import Grid
from bayesim.solvers import PointSources


def fit(phase_centre=(1.0, 0.5)):
    # the second source's position is uncertain towards the North-East, and only there
    covariance = np.diag([0.01, 0.04, 1.0, 4.0, 4.0, 4.0]).astype(float)
    covariance[2:, 2:] *= ARCSEC**2
    covariance[3, 5] = covariance[5, 3] = 3.0 * ARCSEC**2
    return PointSources(
        grid=Grid(64, cell="1 arcsec"),
        flux=np.array([2.0, -1.0]),
        l=np.array([10, 0]) * ARCSEC,
        m=np.array([0, -5]) * ARCSEC,
        covariance=covariance,
        fit=Residual(np.zeros((64, 64)), 200.0),
        sum_weight=100.0,
        count=103,
        converged=True,
        reason="",
        rounds=1,
        phase_centre=phase_centre,
    )


def test_columns_and_units():
    table = point_catalogue(fit())
    np.testing.assert_allclose(table["significance"], [20, 5])
    np.testing.assert_allclose(table["flux_sd"], [0.1, 0.2])
    np.testing.assert_allclose(table["flux_high"] - table["flux"], 1.959964 * table["flux_sd"], rtol=1e-6)
    np.testing.assert_allclose(table["l_sd"].quantity.to_value("arcsec"), [1, 2])
    # East is towards larger right ascension
    assert table["ra"][0] > np.degrees(1.0)
    assert table["dec"][1] == pytest.approx(np.degrees(0.5) - 5 / 3600, abs=1e-9)
    assert "conditional on the support" in table["label"][0]
    assert table.meta["reduced_chi2"] == pytest.approx(1.0)


def test_ellipses_hold_the_probability_and_turn_from_north_to_east():
    table = point_catalogue(fit(), prob=0.95)
    scale = np.sqrt(5.991464547)
    np.testing.assert_allclose(table["ellipse_major"], scale * np.array([2, np.sqrt(7)]), rtol=1e-9)
    np.testing.assert_allclose(table["ellipse_minor"], scale * np.array([1, 1]), rtol=1e-9)
    assert table["ellipse_pa"][1] == pytest.approx(45.0)
    assert table["ellipse_pa"][0] == pytest.approx(0.0)


def test_without_a_phase_centre_only_offsets_are_known():
    table = point_catalogue(fit(None))
    assert np.all(np.isnan(table["ra"]))
    assert "unknown" in table.meta["positions"]


def test_round_trip(tmp_path):
    table = point_catalogue(fit())
    write_catalogue(table, tmp_path / "sources.ecsv")
    again = Table.read(tmp_path / "sources.ecsv", format="ascii.ecsv")
    assert again.colnames == table.colnames
    np.testing.assert_allclose(again["flux"], table["flux"])


def test_probability_must_be_one():
    with pytest.raises(ModelError, match="between 0 and 1"):
        point_catalogue(fit(), prob=95)
