import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from bayesim import maps, plots
from bayesim.report import write_report

PHASE_CENTRE = (np.radians(202.5), np.radians(47.2))
HOSTILE = '<script>alert("x")</script><img src=http://example.org/x.png>'

SUMMARY = {
    "source": "field.uvfits",
    "n_vis": {"read": 1600, "used": 1500, "dropped": {"flagged": 80, "autocorrelation": 20}},
    "notes": ["weights are 1/sigma^2 of one real component"],
    "grid": {"rows": 36, "columns": 40, "cell_arcsec": 2.0, "fov_deg": 0.0222},
    "operator": "coplanar",
    "w_phase_rad": 0.003,
    "sigma_image": 0.00775,
    "data_hash": "9f86d081884c7d659a2feaa0c55ad015",
    "lambda": 1331.2,
    "alpha": 0.08,
    "lambda_max": 16640.0,
    "objective": 3821.9,
    "gap": 0.0063,
    "relative_gap": 1.6e-6,
    "max_certificate": 1.0000028,
    "R": 0.011,
    "atoms": 6,
    "converged": True,
    "reason": "relative gap 1.6e-06 <= 1e-05",
    "label": "maximum a posteriori (LASSO)",
    "seconds": {"read": 0.4, "solve": 1.2},
    "peak_memory_MiB": 412.0,
    "versions": {"python": "3.13.1", "bayesim": "0.1.0"},
}
POSTERIOR = {
    "posterior": {"lambda": {"mean": 1325.0, "sd": 219.0, "hdi_low": 945.2, "hdi_high": 1780.0}},
    "posterior_label": "image-plane likelihood, exact for coplanar baselines",
    "passed": True,
    "verdict": "converged",
    "rhat_max": 1.004,
    "ess_min": 812.0,
    "divergences": 0,
    "ebfmi_min": 0.91,
    "seed": 42,
    "chains": 4,
}


class _Reader(HTMLParser):
    """Collects text, headings and attributes, and checks that tags are closed in order."""

    void = frozenset({"meta", "img", "br", "link", "hr"})

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.tags, self.attributes = [], [], [], []
        self.feed(page)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"closes nothing: {tag}"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture
def planes(solution, statistics):
    beam = maps.fit_beam(statistics.psf, cell=solution.grid.cell)
    return {"restored": maps.restored(solution, beam), "residual": maps.residual(solution, beam=beam)}


def _read(path):
    return _Reader(path.read_text(encoding="utf-8"))


def test_a_full_run(tmp_path, solution, tree, planes):
    path = tmp_path / "report.html"
    table = maps.catalogue(solution, tree, phase_centre=PHASE_CENTRE)
    figures = {"trace of lambda": plots.trace(tree, "lambda"), "solver": plots.history(solution).get_figure()}
    write_report(path, summary=SUMMARY | POSTERIOR, maps=planes, figures=figures, catalogue=table)
    words = _read(path).words
    assert words.index("PASSED") < words.index("The picture") < words.index("Numbers") < words.index("Catalogue")
    assert "R-hat up to 1.004, effective sample size from 812, 0 divergences" in words
    assert "1325 ± 219, 95 % HDI 945.2 to 1780" in words
    assert "Dropped: flagged 80" in words
    assert "Visibilities used 1,500" in words
    assert "λ of the mode 1331.2 1/Jy" in words
    assert "weights are 1/sigma^2 of one real component" in words
    assert "units are mixed" in words
    assert "13:30:01" in words
    assert "95 % HDI of the island's flux, posterior of its pixels (3)" in words


def test_pictures_are_inside_the_page_and_nothing_is_fetched(tmp_path, planes):
    path = tmp_path / "report.html"
    write_report(path, summary=SUMMARY, maps=planes)
    page = _read(path)
    sources = [value for name, value in page.attributes if name == "src"]
    assert len(sources) == 2
    for source in sources:
        head, data = source.split(",", 1)
        assert head == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG\r\n")
    text = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", path.read_text(encoding="utf-8"))
    assert not re.search(r"https?:|//\w|@import|url\(", text)
    assert not {"script", "link", "iframe", "object", "embed"} & set(page.tags)


def test_a_map_run_says_that_nothing_was_sampled(tmp_path, solution, planes):
    path = tmp_path / "report.html"
    write_report(path, summary=SUMMARY, maps=planes, catalogue=maps.catalogue(solution))
    words = _read(path).words
    assert "PASSED The most probable image is proven optimal" in words
    assert "No posterior was sampled" in words
    assert "LASSO flux, shrunk; no interval (3)" in words
    assert "P(flux" not in words
    assert "None" not in words
    assert not re.search(r"\bnan\b", words)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"converged": False, "reason": "1000 cycles"}, "The solver stopped before its criterion"),
        (POSTERIOR | {"passed": False, "verdict": "FAILED: R-hat 1.2 of lambda"}, "gate: R-hat 1.2 of lambda."),
    ],
)
def test_failures_come_first(tmp_path, planes, changes, sentence):
    path = tmp_path / "report.html"
    write_report(path, summary=SUMMARY | changes, maps=planes)
    words = _read(path).words
    assert "FAILED" in words.split("The picture")[0]
    assert "PASSED" not in words
    assert sentence in words.split("The picture")[0]


def test_a_fit_that_is_doubted_is_not_called_passed(tmp_path, planes):
    path = tmp_path / "report.html"
    checks = {"passed": False, "sentence": "predictive check: 31 of 51 bins outside"}
    write_report(path, summary=SUMMARY | POSTERIOR | {"checks": checks}, maps=planes)
    words = _read(path).words
    assert "PASSED" not in words
    assert "CONVERGED, WITH A WARNING Warning: predictive check: 31 of 51 bins outside." in words
    write_report(path, summary=SUMMARY | POSTERIOR | {"checks": checks | {"passed": True}}, maps=planes)
    assert "PASSED The most probable" in _read(path).words


def test_a_summary_without_a_verdict_has_failed(tmp_path):
    path = tmp_path / "report.html"
    write_report(path, summary={}, maps={})
    words = _read(path).words
    assert "FAILED" in words
    assert "No map was made." in words


def test_hostile_names_are_escaped(tmp_path, planes, tree):
    path = tmp_path / "report.html"
    summary = SUMMARY | {"source": HOSTILE, "notes": [HOSTILE], HOSTILE: HOSTILE, "label": HOSTILE}
    summary["n_vis"] = {"read": 1, "used": 1, "dropped": {HOSTILE: 1}}
    figures = {HOSTILE: plots.trace(tree, "lambda")}
    write_report(path, summary=summary, maps=planes, figures=figures)
    page = _read(path)
    assert "script" not in page.tags
    assert page.tags.count("img") == 3
    assert "example.org" in page.words


def test_unknown_numbers_are_not_dropped(tmp_path):
    path = tmp_path / "report.html"
    write_report(path, summary={"converged": True, "bandwidth_smearing": 0.5, "nested": {"deep": [1, 2.5]}}, maps={})
    words = _read(path).words
    assert "bandwidth smearing 0.5" in words
    assert "nested.deep 1, 2.5" in words


def test_the_same_run_gives_the_same_page(tmp_path, planes):
    one, two = tmp_path / "one.html", tmp_path / "two.html"
    for path in (one, two):
        write_report(path, summary=SUMMARY, maps=planes)
    assert one.read_bytes() == two.read_bytes()
