"""A new file in the room of the sources is tested without editing anything, and a wrong one fails by name."""

from collections.abc import Callable

import pytest

HEAD = '''
"""One more round source."""
from dataclasses import dataclass
import numpy as np
from bayesim.sources import Crescent, Gaussian
from bayesim.sources._functions import cos, exp, sqrt
from bayesim.sources._round import Round
from bayesim.sources._source import Flux, Size, Source
'''

SHELL = '''
@dataclass(frozen=True, eq=False)
class TwoRings(Round):
    """Half of the flux on a ring, half at its centre."""
    flux: Flux
    diameter: Size
    def amplitude(self, q2):
        """Text."""
        from bayesim.sources._functions import bessel_ratio
        return 0.5 + 0.5 * bessel_ratio(0.0, (np.pi * self.diameter) ** 2 * q2)
    def rings(self, spacing):
        """Text."""
        return np.array([0.0, 0.5 * self.number("diameter")]), np.ones(2)
'''

WIDE = '''
class Wide(Gaussian):
    """Takes the width at half maximum for something else."""
    def amplitude(self, q2):
        """Text."""
        return exp(-2.0 * (np.pi * self.fwhm) ** 2 * q2 / 5.0)
'''

MIRRORED = '''
class Mirrored(Crescent):
    """Conjugated: turned by 180 degrees."""
    def transform(self, u, v, w):
        """Text."""
        real, imag = super().transform(u, v, w)
        return real, -imag
'''

ROUGH = '''
class Rough(Gaussian):
    """The right numbers by way of a square root, which has no derivative at zero baseline."""
    def amplitude(self, q2):
        """Text."""
        return exp(-((np.pi * self.fwhm * sqrt(q2 * self.fwhm**2) / self.fwhm) ** 2) / (4.0 * np.log(2.0)))
'''

STRANGE = '''
@dataclass(frozen=True, eq=False)
class Strange(Gaussian):
    """Has a parameter that nobody knows."""
    colour: float
'''

FILES = {"two_rings": SHELL, "wide": WIDE, "mirrored": MIRRORED, "rough": ROUGH, "strange": STRANGE}


@pytest.fixture(scope="module")
def outcome(enlarged: Callable[..., str]) -> str:
    """The report with five more sources."""
    wanted = "test_source and (TwoRings or Wide or Mirrored or Rough or Strange)"
    files = {name: HEAD + text for name, text in FILES.items()}
    return enlarged("sources", files, test="tests/test_contracts.py", wanted=wanted)


def test_a_new_source_is_found_and_passes(outcome):
    assert "test_source[TwoRings] PASSED" in outcome


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("Wide", "the closed form is off the sum over the samples"),
        ("Mirrored", "the closed form is off the sum over the samples"),
        ("Rough", "the gradient is not finite"),
        ("Strange", "has parameters ['colour'], which the contract test does not know"),
    ],
)
def test_a_wrong_source_fails_by_name(outcome, name, fault):
    assert f"test_source[{name}] FAILED" in outcome
    assert fault in outcome
