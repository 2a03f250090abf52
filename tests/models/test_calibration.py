"""The shipped stories are calibrated for data drawn from their own priors, on small problems."""

import pytest

from bayesim.validation import judge_ranks
from benchmarks.calibration_cases import CASES, REPLICATES


def test_the_page_tells_of_every_case(project):
    page = (project / "docs" / "explanation" / "calibration.md").read_text(encoding="utf-8")
    table = page.split("<!-- ranks -->")[1].split("<!-- end of ranks -->")[0]
    assert [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")] == list(CASES)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_story_is_calibrated(name):
    study = CASES[name].study()
    assert study.sizes["replicate"] == REPLICATES
    verdict = judge_ranks(study)
    assert verdict.passed, verdict.headline
