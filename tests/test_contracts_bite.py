"""A new file in a room is tested without editing anything, and a wrong one fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
import bayesim.priors
bayesim.priors.__path__.append({folder!r})
"""

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
def outcome(tmp_path_factory: pytest.TempPathFactory, project: Path) -> str:
    """Run the contract tests of the priors with three more files in the room; return pytest's report."""
    room, plugins = tmp_path_factory.mktemp("room"), tmp_path_factory.mktemp("plugins")
    for name, text in {"flat": GOOD, "forgetful": FORGETFUL, "partial": PARTIAL}.items():
        (room / f"{name}.py").write_text(text)
    (plugins / "larger_room.py").write_text(PLUGIN.format(folder=str(room)))
    command = [sys.executable, "-m", "pytest", "-p", "larger_room", "-p", "no:cacheprovider", "-v", "--tb=line"]
    done = subprocess.run(
        [*command, "tests/test_contracts.py", "-k", "test_prior"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(plugins), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "collected" in done.stdout, done.stdout + done.stderr
    return done.stdout


def test_a_new_prior_is_found_and_passes(outcome):
    assert "test_prior[Flat] PASSED" in outcome


def test_a_normaliser_without_the_rate_fails(outcome):
    assert "test_prior[Forgetful] FAILED" in outcome
    assert "log_normaliser - value is" in outcome


def test_a_prior_without_the_whole_contract_fails(outcome):
    assert "test_prior[Partial] FAILED" in outcome
    assert "lacks a part of the contract" in outcome
