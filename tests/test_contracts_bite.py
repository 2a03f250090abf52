"""A new file in a room is tested without editing anything, and a wrong one fails."""

from collections.abc import Callable

import pytest

GOOD = '''
"""Exponential pixels under another name."""
from bayesim.priors.positive_laplace import PositiveLaplace
class Flat(PositiveLaplace):
    """Text."""
'''

FORGETFUL = '''
"""A prior whose normaliser forgets the rate."""
from bayesim.priors.laplace import Laplace
class Forgetful(Laplace):
    """Text."""
    def log_normaliser(self, rate, shape):
        return 0.0
'''

PARTIAL = '''
"""A prior that lacks most of the contract."""
class Partial:
    """Text."""
    def __init__(self, rate):
        self.rate = rate
    def prox(self, x, step):
        return x
'''


@pytest.fixture(scope="module")
def outcome(enlarged: Callable[..., str]) -> str:
    """The report with three more priors."""
    files = {"flat": GOOD, "forgetful": FORGETFUL, "partial": PARTIAL}
    return enlarged(
        "priors", files, test="tests/test_contracts.py", wanted="test_prior and (Flat or Forgetful or Partial)"
    )


def test_a_new_prior_is_found_and_passes(outcome):
    assert "test_prior[Flat] PASSED" in outcome


def test_a_normaliser_without_the_rate_fails(outcome):
    assert "test_prior[Forgetful] FAILED" in outcome
    assert "log_normaliser - value is" in outcome


def test_a_prior_without_the_whole_contract_fails(outcome):
    assert "test_prior[Partial] FAILED" in outcome
    assert "lacks a part of the contract" in outcome
