"""The commands as a person runs them: results on disk, numbers on stdout, sentences for errors."""

import json
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS

from bayesim.cli import app, main


def run(*words, monkeypatch, capsys):
    """Run the command line in this process; return exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["bayesim", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capsys.readouterr()
    return stop.value.code or 0, out, err


@pytest.fixture(scope="module")
def mapped(observation, tmp_path_factory):
    """A finished ``bayesim map`` run."""
    folder = tmp_path_factory.mktemp("map") / "out"
    app(["map", str(observation), "--npix", "64", "--cell", "3 arcsec", "--out", str(folder)], standalone_mode=False)
    return folder


def test_map_writes_what_it_promises(mapped):
    names = {path.name for path in mapped.iterdir()}
    wanted = {f"{name}.fits" for name in ("dirty", "residual", "map", "restored", "certificate")}
    assert wanted | {"summary.json", "catalogue.ecsv", "report.html", "restored.png"} <= names
    assert not [name for name in names if "partial" in name]


def test_summary_has_every_number(mapped):
    summary = json.loads((mapped / "summary.json").read_text())
    proof = ("objective", "gap", "relative_gap", "max_certificate", "R", "atoms")
    numbers = ("lambda", "alpha", "lambda_max", *proof, "peak_memory_MiB")
    assert all(np.isfinite(summary[name]) for name in numbers)
    assert summary["n_vis"] == {"read": 1755, "used": 1755, "dropped": {}}
    assert summary["relative_gap"] <= 1e-4
    assert {"read", "prepare", "solve", "write", "report"} <= summary["seconds"].keys()
    assert len(summary["data_hash"]) == 64
    assert summary["grid"]["rows"] == 64


def test_the_brighter_source_is_in_the_east(mapped):
    table = Table.read(mapped / "catalogue.ecsv")
    assert table["l"][0] * 3600 == pytest.approx(30, abs=1)
    assert table["flux"][0] == pytest.approx(0.06, abs=0.005)
    with fits.open(mapped / "restored.fits") as file:
        image, header = file[0].data, file[0].header
    row, column = np.unravel_index(np.argmax(image), image.shape)
    sky = WCS(header).pixel_to_world(column, row)
    assert sky.ra.deg > 30.0
    assert header["CDELT1"] < 0
    assert header["BUNIT"] == "Jy/beam"
    assert header["BMAJ"] > 0


def test_json_goes_to_stdout_alone(observation, tmp_path, monkeypatch, capsys):
    words = ("map", observation, "--npix", 48, "--cell", "3arcsec", "--alpha", 0.1, "--json", "--out", tmp_path / "a")
    code, out, err = run(*words, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert json.loads(out)["alpha"] == pytest.approx(0.1)
    assert "atoms" in err


def test_info_suggests_a_cell(observation, monkeypatch, capsys):
    code, out, _ = run("info", observation, "--json", monkeypatch=monkeypatch, capsys=capsys)
    facts = json.loads(out)
    assert code == 0
    assert facts["used"] == 1755
    assert facts["suggested_cell_arcsec"] == pytest.approx(facts["fringe_arcsec"] / 8)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("map", "missing.npz"), "missing.npz"),
        (("map", "FILE", "--fov", "1deg", "--npix", "64", "--cell", "1arcsec"), "two of"),
        (("map", "FILE", "--cell", "90arcsec"), "90"),
        (("map", "FILE", "--fov", "blue"), "not an angle"),
    ],
)
def test_errors_are_one_sentence(words, says, observation, tmp_path, monkeypatch, capsys):
    words = [str(observation) if word == "FILE" else word for word in words]
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*words, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1
    assert says in " ".join(err.split())
    assert "Traceback" not in err + out
    assert not list(tmp_path.iterdir()), "a run that failed leaves nothing behind"


def test_results_of_an_earlier_run_are_kept(mapped, observation, monkeypatch, capsys):
    before = (mapped / "summary.json").read_bytes()
    code, _, err = run("map", observation, "--out", mapped, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1
    assert "--overwrite" in err
    assert (mapped / "summary.json").read_bytes() == before


FIELD = ("--npix", 64, "--cell", "3arcsec", "--chains", 2, "--seed", 5)


@pytest.fixture(scope="module")
def sampled(observation, tmp_path_factory):
    """The default analysis of the two points."""
    out = tmp_path_factory.mktemp("image") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["bayesim", "image", *map(str, (observation, *FIELD, "--out", out))])
        with pytest.raises(SystemExit) as stop:
            main()
    assert not stop.value.code
    return out


def test_sources_from_the_command_line(sampled):
    summary = json.loads((sampled / "summary.json").read_text())
    assert summary["passed"], summary["verdict"]
    assert summary["sources"] == 2
    assert summary["posterior"]["noise_scale"]["mean"] == pytest.approx(1.0, abs=0.1)
    low, high = (summary["posterior"]["total_flux"][end] for end in ("hdi_low", "hdi_high"))
    assert low < 0.09 < high
    table = Table.read(sampled / "catalogue.ecsv")
    for row, flux, l in zip(table[:2], (0.06, 0.03), (30, -20), strict=True):
        assert row["flux_low"] < flux < row["flux_high"]
        assert row["probability"] > 0.99
        assert row["l"] * 3600 == pytest.approx(l, abs=4 * row["l_sd"] * 3600)
    names = {path.name for path in sampled.iterdir()}
    assert {"mean.fits", "sd.fits", "hdi_low.fits", "posterior.nc", "points.ecsv", "restored_mean.png"} <= names
    assert "P(source)" in (sampled / "report.html").read_text()


def test_what_the_draws_leave_is_noise_and_both_proofs_agree(sampled):
    summary, names = json.loads((sampled / "summary.json").read_text()), {path.name for path in sampled.iterdir()}
    white = summary["residual_whiteness"]
    assert white["tested"]
    assert white["p_value"] > 0.01
    assert white["rms"] == pytest.approx(1.0, abs=0.1)
    assert summary["islands"] == {"certified_only": 0, "credible_only": 0, "both": 2}
    pictures = {"certified_credible.png", "residual_whiteness.png", "posterior_residual.png"}
    assert pictures | {"posterior_residual.fits", "certified_credible.fits", "snr.fits"} <= names
    # of the sources where they are, not of pixels
    assert {"draw_certificate_mean.fits", "draw_certificate_sd.fits", "power_spectrum.png"} <= names
    assert summary["largest_certificate_of_draws"] > 0.5
    residual = fits.getdata(sampled / "posterior_residual.fits")
    assert np.abs(residual).max() < 5e-3, "the sources, of 60 and 30 mJy, are gone"
    assert "Its largest pixel, over the noise" in (sampled / "report.html").read_text()


def test_draws_of_sources_are_kept_until_the_results_are_written(observation, sampled, tmp_path, monkeypatch, capsys):
    folder, words = tmp_path / "chain", ("image", observation, *FIELD, "--checkpoint")
    with monkeypatch.context() as cut:
        cut.setattr("bayesim.cli._sources.maps.on_pixels", _cut_off)
        code, _, _ = run(*words, folder, "--out", tmp_path / "cut", monkeypatch=cut, capsys=capsys)
    assert code == 130
    assert (folder / "candidates.npz").exists()
    code, _, err = run(*words, folder, "--out", tmp_path / "whole", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "going on from" in err
    assert not folder.exists()
    # one thread or two, cut off or not: the same sources
    first, again = (Table.read(path / "catalogue.ecsv") for path in (sampled, tmp_path / "whole"))
    np.testing.assert_allclose(first["flux"], again["flux"], rtol=0.05)


def _cut_off(*_):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_pixels_from_the_command_line(observation, tmp_path, monkeypatch, capsys):
    """A short run: intervals, draws and verdict are written."""
    out = tmp_path / "image"
    words = ("image", observation, *FIELD, "--sky", "pixels", "--draws", 60, "--tune", 200)
    code, _, _ = run(*words, "--strict", "--out", out, monkeypatch=monkeypatch, capsys=capsys)
    summary = json.loads((out / "summary.json").read_text())
    assert code == 3
    assert summary["posterior"]["lambda"]["hdi_low"] < summary["posterior"]["lambda"]["mean"]
    assert summary["posterior"]["noise_scale"]["mean"] == pytest.approx(1.0, abs=0.1)
    table = Table.read(out / "catalogue.ecsv")
    assert table["flux_low"][0] < 0.06 < table["flux_high"][0]
    names = {path.name for path in out.iterdir()}
    assert {"mean.fits", "sd.fits", "hdi_low.fits", "hdi_high.fits", "posterior.nc"} <= names
    assert {
        "power_spectrum.png",
        "superpixels.png",
        "draw_certificate_mean.fits",
        "draw_certificate_sd.fits",
    } <= names
    assert summary["largest_certificate_of_draws"] > 0.5


@pytest.mark.parametrize(
    "words",
    [
        ("--fix-lambda",),
        ("--sky", "pixels", "--checkpoint", "chain"),
        ("--sky", "pixels", "--lengthen", "2"),
        ("--lengthen", "3"),
    ],
)
def test_options_that_do_not_go_together(words, observation, monkeypatch, capsys):
    code, _, err = run("image", observation, *words, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 2
    assert "--sky" in err or "power of two" in err


def test_version_in_a_fresh_process():
    done = subprocess.run(
        [sys.executable, "-m", "bayesim.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("bayesim ")


@pytest.mark.slow
def test_demo_holds_most_of_the_truth(tmp_path, monkeypatch, capsys):
    code, out, err = run("demo", "--json", "--out", tmp_path / "demo", monkeypatch=monkeypatch, capsys=capsys)
    summary = json.loads(out)
    assert code == 0
    assert summary["passed"], summary["verdict"]
    # 13 intervals of 95 %: at least 10 hold in 99.97 % of experiments
    assert err.count("holds") >= 10


def test_map_without_a_report_and_with_points(observation, tmp_path, capsys, monkeypatch):
    arguments = [
        "map",
        observation,
        "--npix",
        "64",
        "--cell",
        "3 arcsec",
        "--alpha",
        "0.1",
        "--out",
        tmp_path / "out",
    ]
    code, _, said = run(*arguments, "--points", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0, said
    folder = tmp_path / "out"
    points = Table.read(folder / "points.ecsv")
    summary = json.loads((folder / "summary.json").read_text())
    assert len(points) == summary["points"] > 0
    assert summary["points_flux_Jy"] == pytest.approx(points["flux"].sum())
    code, _, said = run(*arguments, "--overwrite", "--no-report", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0, said
    # what an earlier run left would not belong to these results
    assert not (folder / "report.html").exists()
    assert not (folder / "points.ecsv").exists()
    assert (folder / "restored.fits").exists()
