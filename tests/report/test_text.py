"""Numbers and rows as text."""

import numpy as np
import pytest

from bayesim import maps
from bayesim.report._numbers import sections, written
from bayesim.report._sources import listing
from bayesim.report._verdict import judge_run


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (1234567, "1,234,567"),
        (np.int64(12), "12"),
        (1.23456789e-7, "1.2346e-07"),
        (float("nan"), "not defined"),
        (None, "not defined"),
        ([1, 0.5, "a"], "1, 0.5, a"),
        (np.float64(0.25), "0.25"),
        (123456.0, "123,456"),
    ],
)
def test_values_as_a_person_writes_them(value, text):
    assert written(value) == text


def test_every_key_has_a_row():
    summary = {"lambda": 1.0, "grid": {"rows": 2}, "seconds": {"read": 1.0}, "new": {"a": {"b": 1}}, "gap": 0.1}
    rows = [row for section in sections(summary).values() for row in section.rows]
    assert len(rows) == 5
    assert sections(summary)["numbers"].rows[0] == ("Rows", "2 pixels")
    assert sections(summary)["provenance"].rows == (("Time: read", "1 s"),)


def test_a_long_catalogue_is_cut_and_says_so(solution, tree):
    from astropy.table import vstack

    table = maps.catalogue(solution, tree)
    long = vstack([table] * 80, metadata_conflicts="silent")
    shown = listing(long)
    assert len(shown.rows) == 200
    assert any(note.startswith("40 fainter rows") for note in shown.notes)
    assert all(len(row) == len(shown.head) for row in shown.rows)


def test_offsets_carry_the_digits_of_their_errors(solution, tree):
    row = listing(maps.catalogue(solution, tree, beam=maps.Beam(3e-5, 2e-5, 0.0))).rows[0]
    assert row[1].startswith("16.")
    value, error = row[1].split(" ± ")
    assert len(value.split(".")[1]) == len(error.split(".")[1])


def test_an_empty_catalogue_has_no_rows(solution):
    table = maps.catalogue(solution)[:0]
    assert listing(table).rows == ()


def test_a_solver_that_failed_outweighs_a_posterior_that_passed():
    judgement = judge_run({"converged": False, "reason": "too slow", "passed": True})
    assert not judgement.passed
    assert "too slow" in judgement.reasons[0]
    assert "passed" in judgement.reasons[1]


def test_what_to_do_comes_last():
    run = {"converged": True, "passed": False, "verdict": "FAILED: R-hat of flux[3] is 1.04", "remedy": "more draws"}
    judgement = judge_run(run)
    assert judgement.reasons[0].endswith("R-hat of flux[3] is 1.04.")
    assert judgement.reasons[-1] == "What to do: more draws."


def test_a_check_of_the_fit_warns_and_fails_nothing():
    run = {"converged": True, "relative_gap": 1e-7, "passed": True}
    good = judge_run({**run, "checks": {"passed": True, "sentence": "predictive check: 0 of 9 bins outside"}})
    bad = judge_run({**run, "checks": {"passed": False, "sentence": "predictive check: 2 of 9 bins outside"}})
    assert (good.passed, good.warned, good.word) == (True, False, "PASSED")
    assert good.reasons[-1] == "Predictive check: 0 of 9 bins outside."
    assert (bad.passed, bad.warned, bad.word) == (True, True, "CONVERGED, WITH A WARNING")
    assert bad.reasons[0] == "Warning: predictive check: 2 of 9 bins outside."
