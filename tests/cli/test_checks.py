"""The checks of a fit after ``bayesim image``: stored, listed, drawn, and a warning where one fails."""

import json
from dataclasses import replace
from html import escape

import numpy as np
import pytest
import xarray as xr
from astropy.table import Table

from bayesim.cli import app
from bayesim.data import read, write_npz

FIELD = ("--npix", "48", "--cell", "3 arcsec", "--chains", "2", "--draws", "60", "--seed", "5")


@pytest.fixture(scope="module")
def noisy(observation, tmp_path_factory):
    """A short run on data one of whose antennas is twice as noisy as its weights say: folder, data and exit code."""
    vis, folder = read(observation), tmp_path_factory.mktemp("noisy")
    hit = (vis.antenna1 == 4) | (vis.antenna2 == 4)
    e = np.random.default_rng(2).standard_normal((2, len(vis)))
    more = np.where(hit, np.sqrt(3.0), 0.0) * vis.weight**-0.5 * (e[0] + 1j * e[1])
    write_npz(replace(vis, data=vis.data + more), folder / "noisy.npz")
    words = ["image", str(folder / "noisy.npz"), *FIELD, "--strict", "--out", str(folder / "out")]
    return folder / "out", vis, app(words, standalone_mode=False)


def test_a_noisy_antenna_is_named_in_summary_and_report(noisy):
    folder, vis, _ = noisy
    summary, page = json.loads((folder / "summary.json").read_text()), (folder / "report.html").read_text()
    checks = summary["checks"]
    assert not checks["passed"]
    assert checks["bins_outside"] >= 1
    assert checks["bins"] == 12 + 27 + 5
    assert checks["not_checked"] == ["frequency: one value, no bins"]
    assert f"worst antenna {vis.antenna_names[4]} with" in checks["sentence"]
    assert f"<p>Warning: {escape(checks['sentence'])}.</p>" in page
    assert 'alt="predictive_check"' in page
    assert "Checks of the fit" in page
    table = Table.read(folder / "predictive_check.ecsv")
    worst = table[np.nanargmin(table["p"])]
    assert (worst["family"], worst["name"], bool(worst["outside"])) == ("antenna", vis.antenna_names[4], True)
    assert worst["chi2"] == pytest.approx(4.0 * np.square(1 / summary["posterior"]["noise_scale"]["mean"]), rel=0.2)
    assert len(Table.read(folder / "left_out.ecsv")) == 12 + 27


def test_a_short_run_fails_under_strict_and_says_what_to_do(noisy):
    """The word of the page is that of solver and gate; 120 draws cannot pass the gate, and nothing else is blamed."""
    folder, _, code = noisy
    summary = json.loads((folder / "summary.json").read_text())
    assert code == 3
    assert not summary["passed"]
    assert summary["verdict"].startswith("FAILED")
    assert "antenna" not in summary["verdict"]
    assert summary["remedy"].startswith("more draws: --draws")
    assert f"What to do: {escape(summary['remedy'])}." in (folder / "report.html").read_text()


def test_total_flux_stands_beside_its_prior(noisy):
    checks = json.loads((noisy[0] / "summary.json").read_text())["checks"]
    assert checks["total_flux"]["mean"] == pytest.approx(0.09, rel=0.1)
    low, median, high = checks["prior_total_flux"]
    assert 0 < low < median < high
    assert "number of sources" in checks["prior_label"]
    assert f"95 % of the prior: {low:.2g} to {high:.2g}" in checks["sentence"]


def test_draws_are_stored_as_arviz_reads_them(noisy):
    folder, vis, _ = noisy
    with xr.open_datatree(folder / "posterior.nc") as tree:
        tree = tree.load()
    assert {"posterior_predictive", "log_likelihood", "observed_data", "predictive_check"} <= set(tree.children)
    assert tree["log_likelihood"]["visibilities"].dims == ("chain", "draw", "component", "visibility")
    np.testing.assert_array_equal(tree["observed_data"]["antenna1"], vis.antenna1)
    checks = json.loads((folder / "summary.json").read_text())["checks"]
    # the fit to the data is better than the prediction of data left out, by a few parameters
    fitted = tree["log_likelihood"]["visibilities"].mean(("chain", "draw")).sum()
    assert float(fitted) == pytest.approx(checks["elpd"], abs=3 * checks["elpd_se"])
    assert tree.attrs["checks"] == checks["label"]
