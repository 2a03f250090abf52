"""The section on what the certificate proves, and how its pictures are shown."""

import re
from dataclasses import replace

from matplotlib.figure import Figure

from bayesim import maps, plots
from bayesim.report import picture_of_figure, picture_of_map, write_report
from bayesim.report._numbers import sections

SUMMARY = {"converged": True, "relative_gap": 1e-6}


def figure(width):
    drawn = Figure(figsize=(width, 3))
    drawn.add_subplot()
    return drawn


def test_proofs_come_before_the_numbers_with_their_sentence(tmp_path, solution):
    path, table = tmp_path / "report.html", maps.certificate_regions(solution)
    drawn = plots.certificate_regions(solution, table)
    picture = picture_of_figure("regions", drawn, caption="Proven: all <flux> is inside.")
    write_report(path, summary=SUMMARY, maps={}, proofs={"regions": picture}, figures={"history": figure(5)})
    page = path.read_text()
    assert (
        page.index("What the certificate proves") < page.index("all &lt;flux&gt; is inside") < page.index("Numbers")
    )
    assert page.index("Numbers") < page.index(">History<")


def test_no_proof_no_section(tmp_path):
    write_report(tmp_path / "report.html", summary=SUMMARY, maps={})
    assert "What the certificate proves" not in (tmp_path / "report.html").read_text()


def test_many_panels_take_the_whole_width(tmp_path):
    path = tmp_path / "report.html"
    write_report(path, summary=SUMMARY, maps={}, figures={"one": figure(6), "many": figure(12)})
    found = re.findall(r'<figure( class="wide")?><img src="[^"]*" alt="(\w+)"', path.read_text())
    assert found == [("", "one"), (' class="wide"', "many")]


def test_a_map_says_which_beam_it_is_seen_with(solution, statistics):
    beam = maps.fit_beam(statistics.psf, cell=solution.grid.cell)
    assert f"CLEAN beam {beam}" in picture_of_map(maps.restored(solution, beam)).caption
    other = replace(beam, name="representation beam")
    assert f"Representation beam {beam}" in picture_of_map(maps.restored(solution, other)).caption


def test_beams_have_a_place_among_the_numbers():
    parts = {"major_arcsec": 3.0, "minor_arcsec": 2.0, "position_angle_deg": 10.0}
    said = sections({"restoring_beam": "CLEAN beam", "clean_beam": parts, "representation_beam": parts, "regions": 4})
    assert set(said) == {"numbers"}
    assert ("CLEAN beam, major", "3 arcsec") in said["numbers"].rows
    assert ("Representation beam, PA", "10 deg") in said["numbers"].rows
