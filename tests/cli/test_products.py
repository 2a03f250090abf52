"""Regions, positions, path and beams from the command line."""

import json
import re
import sys

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from bayesim.cli import app, main
from bayesim.cli._console import announce_steps
from bayesim.solvers import Step

FIELD = ("--npix", "64", "--cell", "3 arcsec")


@pytest.fixture(scope="module")
def proven(observation, tmp_path_factory):
    """A run with everything the certificate has to say."""
    folder = tmp_path_factory.mktemp("proven") / "out"
    words = ["map", str(observation), *FIELD, "--regions", "--path", "--beam", "representation", "--out", str(folder)]
    app(words, standalone_mode=False)
    return folder


def test_regions_are_sharp_and_hold_the_sources(proven):
    regions, summary = Table.read(proven / "regions.ecsv"), json.loads((proven / "summary.json").read_text())
    assert summary["R"] <= 1e-3
    assert summary["regions"] == len(regions)
    assert summary["regions_with_flux"] == np.count_nonzero(regions["holds_flux"])
    assert regions["holds_flux"][:2].all()
    assert regions["pixels"].sum() == summary["saturation_pixels"]
    # the brightest is within two pixels of the true place, 30 arcsec to the East
    assert 3600 * regions["l"][0] == pytest.approx(30, abs=6)
    assert 3600 * regions["m"][0] == pytest.approx(0, abs=6)


def test_positions_hold_the_truth_with_their_contours(proven):
    positions, summary = Table.read(proven / "positions.ecsv"), json.loads((proven / "summary.json").read_text())
    assert positions["contour_l"].shape == (len(positions), 64)
    assert summary["isolated_points"] == np.isfinite(positions["ellipse_major"]).sum() >= 2
    first = positions[0]
    assert first["snr"] == pytest.approx(60, abs=4)
    # three semi-axes at 95 % are more than seven standard deviations
    assert np.hypot(3600 * first["l"] - 30, 3600 * first["m"]) < 3 * first["ellipse_major"]


def test_the_path_ends_at_the_run(proven):
    path, summary = Table.read(proven / "path.ecsv"), json.loads((proven / "summary.json").read_text())
    assert path["alpha"][0] == pytest.approx(1.0)
    assert path["atoms"][0] == 0
    assert np.all(np.diff(np.log(path["lambda"])) == pytest.approx(np.diff(np.log(path["lambda"]))[0]))
    assert path["lambda"][-1] == summary["lambda"]
    assert path["flux"][-1] == summary["total_flux"]
    assert path["gap"][-1] == summary["gap"]
    assert np.all(np.diff(path["residual_peak"]) < 0)


def test_the_header_names_the_beam(proven):
    summary = json.loads((proven / "summary.json").read_text())
    assert summary["restoring_beam"] == "representation beam"
    restored, residual = fits.getheader(proven / "restored.fits"), fits.getheader(proven / "residual.fits")
    assert restored["BMAJ"] * 3600 == pytest.approx(summary["representation_beam"]["major_arcsec"])
    assert "representation beam" in restored.comments["BMAJ"]
    assert "Jy per representation beam" in str(restored["COMMENT"]).replace("\n", "")
    # a residual image has the array's resolution, whatever the model is shown with
    assert residual["BMAJ"] * 3600 == pytest.approx(summary["clean_beam"]["major_arcsec"])
    assert summary["representation_beam"]["major_arcsec"] < 0.6 * summary["clean_beam"]["major_arcsec"]


def test_the_report_says_what_is_proven_and_what_is_not(proven):
    page = (proven / "report.html").read_text()
    summary = json.loads((proven / "summary.json").read_text())
    said = re.search(r"<figcaption>(Proven for this lambda[^<]*)</figcaption>", page)[1]
    assert f"outside the {summary['regions']} regions" in said
    assert "every solution has flux" in said
    assert "regions are no error bars" in said
    assert page.index("What the certificate proves") < page.index("<h2>Numbers")
    names = ("certificate_regions", "position_contours", "path_fluxes", "path_certificates")
    assert all(f'alt="{name}"' in page for name in names)
    assert {f"{name}.png" for name in names} <= {path.name for path in proven.iterdir()}


def test_nothing_of_an_earlier_run_is_left(observation, tmp_path):
    folder, words = tmp_path / "out", ["map", str(observation), *FIELD, "--alpha", "0.3", "--no-report"]
    app([*words, "--regions", "--path", "--out", str(folder)], standalone_mode=False)
    (folder / "mine.png").write_bytes(b"not of a run")
    assert {"regions.ecsv", "positions.ecsv", "path.ecsv"} <= {path.name for path in folder.iterdir()}
    outside = tmp_path / "outside.fits"
    outside.touch()
    summary = json.loads((folder / "summary.json").read_text())
    # a list in a file is a file's word: it reaches nothing beyond the folder
    summary["files"] += ["../outside.fits", str(outside), "summary.json"]
    (folder / "summary.json").write_text(json.dumps(summary))
    app([*words, "--out", str(folder), "--overwrite"], standalone_mode=False)
    left = {path.name for path in folder.iterdir()}
    files = json.loads((folder / "summary.json").read_text())["files"]
    assert left == {*files, "mine.png", "summary.json"}
    assert "representation_beam" not in json.loads((folder / "summary.json").read_text())
    assert outside.exists()


def test_an_empty_sky_has_no_source_and_no_path(observation, tmp_path):
    """At lambda_max nothing has flux: tables are empty, the path is one row, nothing fails."""
    folder = tmp_path / "out"
    words = ["map", str(observation), *FIELD, "--alpha", "1", "--regions", "--path", "--out", str(folder)]
    app(words, standalone_mode=False)
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["atoms"] == 0
    assert summary["isolated_points"] == 0
    assert len(Table.read(folder / "path.ecsv")) == 1


def test_an_unknown_beam_is_a_usage_error(observation, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bayesim", "map", str(observation), "--beam", "dirty"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "representation" in capsys.readouterr().err


def test_progress_says_nothing_in_a_pipe(capsys):
    with announce_steps() as progress:
        tell = progress(1e-8)
        for k in range(8):
            tell(Step(5, 1.0, 10.0**-k, 1.0, float(k)))
    out, err = capsys.readouterr()
    assert out + err == ""
