"""The figure of the predictive check: one panel a family, marks where the table says."""

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.plots import predictive_check
from bayesim.samplers import PredictiveCheck


def check(*, outside):
    family = ["baseline"] * 3 + ["antenna"] * 4 + ["time"] * 2
    columns = {
        "family": np.array(family),
        "name": np.array(["1", "2", "3", "ALMA", "LMT", "SMT", "PV", "1", "2"]),
        "low": np.array([0.0, 1e9, 2e9, 0, 1, 2, 3, 5e4, 5e4 + 0.25]),
        "high": np.array([1e9, 2e9, 8e9, 0, 1, 2, 3, 5e4, 5e4 + 0.5]),
        "count": np.full(9, 200),
        "chi2": np.linspace(0.9, 1.1, 9),
        "p": np.where(outside, 1e-5, 0.5),
        "p_adjusted": np.where(outside, 1e-4, 1.0),
        "outside": np.array(outside),
    }
    return PredictiveCheck(xr.Dataset({key: ("bin", value) for key, value in columns.items()}), 0.01, (), np.zeros(0))


def test_every_family_has_its_panel():
    found = check(outside=[False] * 5 + [True] + [False] * 3)
    panels = predictive_check(found)
    assert [ax.get_xlabel() for ax in panels] == ["Baseline length (Gλ)", "Antenna", "Hours since MJD 50000.0000"]
    assert [text.get_text() for text in panels[1].get_xticklabels()] == ["ALMA", "LMT", "SMT", "PV"]
    np.testing.assert_allclose(panels[0].lines[1].get_xydata(), [[0.5, 0.9], [1.5, 0.925], [5.0, 0.95]])
    cross = panels[1].lines[-1]
    np.testing.assert_allclose(cross.get_xydata(), [[2.0, found.table["chi2"].values[5]]])
    np.testing.assert_allclose(panels[2].lines[1].get_xdata(), [0.0, 9.0])
    assert panels[0].figure.get_suptitle().startswith("Predictive check: 1 of 9 bins outside, worst antenna SMT")
    # 95 % of chi-squared with 400 degrees of freedom
    bar = panels[0].collections[0].get_segments()[0]
    np.testing.assert_allclose(bar[:, 1], [0.866, 1.143], atol=2e-3)


def test_nothing_outside_is_not_in_the_legend():
    panels = predictive_check(check(outside=[False] * 9))
    assert [text.get_text() for text in panels[0].get_legend().get_texts()] == ["95 % of replicated data", "data"]


def test_without_bins_there_is_no_figure():
    empty = check(outside=[False] * 9)
    with pytest.raises(ModelError, match="no bin to draw"):
        predictive_check(PredictiveCheck(empty.table.isel(bin=[]), 0.01, (), np.zeros(0)))
