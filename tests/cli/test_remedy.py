"""What to do is what would have helped."""

from dataclasses import replace

import pytest

from bayesim.cli._remedy import remedy
from bayesim.samplers import Limits, Verdict

GOOD = Verdict(True, ("converged",), 1.004, 900.0, 800.0, 0, 1.0, {})


def failed(**numbers):
    return replace(GOOD, passed=False, **numbers)


def said(verdict, **how):
    return remedy(verdict, Limits(), **{"draws": 1000, "explained": True, **how})


def test_a_run_that_may_be_believed_needs_nothing():
    assert said(GOOD) is None
    assert "predictive_check.png" in said(GOOD, explained=False)


@pytest.mark.parametrize(
    ("numbers", "draws", "wanted"),
    [
        ({"ess_tail_min": 200.0}, 1000, 2600),
        ({"ess_bulk_min": 399.0}, 1000, 1400),
        ({"rhat_max": 1.05}, 200, 1300),
        ({"rhat_max": 1.05, "ess_tail_min": 40.0}, 9, 120),
    ],
)
def test_short_chains_need_more_draws(numbers, draws, wanted):
    assert said(failed(**numbers), draws=draws) == f"more draws: --draws {wanted}"
    assert said(failed(**numbers), draws=draws, explained=False).startswith(
        f"more draws: --draws {wanted}; and the m"
    )


@pytest.mark.parametrize("numbers", [{"rhat_max": 14.0}, {"ess_bulk_min": 4.0}])
def test_chains_apart_are_not_told_to_run_on(numbers):
    assert "--draws" not in said(failed(**numbers))
    assert "stay apart" in said(failed(**numbers))
    assert "mend that first: chains stay apart" in said(failed(**numbers), explained=False)


def test_one_chain_needs_another():
    assert "--chains 4" in said(failed(rhat_max=float("nan")))


def test_divergences_ask_for_a_longer_warm_up():
    assert "--tune" in said(failed(divergences=3, ess_tail_min=10.0))
