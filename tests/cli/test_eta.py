"""The time left of a solve, from made-up and real histories."""

import numpy as np
import pytest

from bayesim.cli._eta import in_words, seconds_left
from bayesim.solvers import Step


def history(gaps, *, every=2.0):
    return [Step(10, 4.0, 4.0 * gap, 1.1, every * k) for k, gap in enumerate(gaps)]


@pytest.mark.parametrize("cycles", [5, 6, 9])
def test_a_steady_fall_is_foreseen_exactly(cycles):
    """A third of a decade in two seconds, to 1e-4."""
    steps = history(10.0 ** (-np.arange(1, cycles + 1) / 3))
    assert seconds_left(steps, relative_gap=1e-4) == pytest.approx(2.0 * (12 - cycles))


def test_the_last_decades_are_one_cycle():
    steps = history(10.0 ** (-np.arange(1, 7) / 3))
    assert seconds_left(steps, relative_gap=1e-12) == seconds_left(steps, relative_gap=1e-5) == pytest.approx(18.0)
    assert seconds_left(history(10.0 ** -np.arange(1, 7)), relative_gap=1e-12) is None


def test_only_the_last_cycles_count():
    slow = [Step(1, 1.0, 0.9 - 0.01 * k, 1.1, 100.0 * k) for k in range(10)]
    fast = [Step(1, 1.0, 0.1 * 2.0**-k, 1.1, 1000.0 + k) for k in range(7)]
    assert seconds_left(slow + fast, relative_gap=0.1 * 2.0**-8) == pytest.approx(2.0)


@pytest.mark.parametrize(
    "gaps",
    [
        (),
        (0.9, 0.5, 0.1, 0.05),
        (0.1, 0.1, 0.1, 0.1, 0.1),
        (0.1, 0.01, 0.02, 0.05, 0.2),
        (0.9, 0.89, 0.88, 0.1, 0.001),
        (1e-1, 1e-2, 1e-3, 1e-4, 0.0),
        (1e-1, 3e-2, 1e-2, 1e-3, 1e-4),
    ],
    ids=["nothing", "too few", "stalled", "rises", "unsteady", "exact", "reached"],
)
def test_no_guess_without_a_ground(gaps):
    assert seconds_left(history(gaps), relative_gap=1e-4) is None


def test_of_a_real_solve():
    """Cycles of the demo's field to 1e-4, which took 2.21 s: the truth within a factor of 2 from 8.2e-2 on."""
    told = [(0.96, 0.07), (0.84, 0.19), (0.80, 0.32), (0.65, 0.44), (0.40, 0.57), (0.16, 0.72), (8.2e-2, 0.87),
            (2.7e-2, 1.02), (1.5e-2, 1.16), (3.4e-3, 1.31), (1.4e-3, 1.46), (1.2e-3, 1.64)]  # fmt: skip
    steps = [Step(100, 1.0, gap, 1.1, seconds) for gap, seconds in told]
    guesses = [(seconds_left(steps[:k], relative_gap=1e-4), 2.21 - steps[k - 1].seconds) for k in range(9, 13)]
    assert all(guess is not None and 0.5 < guess / true < 2 for guess, true in guesses)


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (12.4, "12 s"), (119.0, "119 s"), (200.0, "3 min")])
def test_words(seconds, words):
    assert in_words(seconds) == words
