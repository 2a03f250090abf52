"""The shipped stories are calibrated for data drawn from their own priors, on small problems."""

import re

import pytest

from bayesim.validation import judge_ranks
from benchmarks.calibration_cases import CASES, UNCALIBRATED


def test_the_page_tells_of_every_case(project):
    page = (project / "docs" / "explanation" / "calibration.md").read_text(encoding="utf-8")
    table = page.split("<!-- ranks -->")[1].split("<!-- end of ranks -->")[0]
    rows = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert rows == [name for name in CASES if name in rows]
    without = page.split("Not calibrated yet:")[1].split("\n\n")[0]
    assert re.findall("`([^`]+)`", without) == [*(name for name in CASES if name not in rows), *sorted(UNCALIBRATED)]
    # what the slow test asks for is on the page
    assert all(case.replicates == 0 or name in rows for name, case in CASES.items())


def test_every_story_has_a_case_or_is_named_as_one_without(project):
    stories = {path.stem for path in (project / "models").glob("*.py")}
    assert {name.split(":")[0] for name in CASES} - {"samplers.gibbs"} == stories - UNCALIBRATED


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.replicates])
def test_a_story_is_calibrated(name):
    """A few replicates of what ``benchmarks/calibration.py`` repeats more often, or all of them: see the case."""
    study = CASES[name].study(replicates=CASES[name].replicates)
    assert study.sizes["replicate"] == CASES[name].replicates
    verdict = judge_ranks(study)
    assert verdict.passed, verdict.headline
