"""A new file in the room of the likelihoods is tested without editing anything, and a wrong one fails by name."""

from collections.abc import Callable

import pytest

HEAD = '''
"""One more likelihood."""
from dataclasses import dataclass
from typing import Any
import numpy as np
import pymc as pm
from bayesim.data import Visibilities
from bayesim.likelihoods import ComplexGaussian, ImagePlane
'''

BODY = '''
@dataclass(frozen=True, eq=False)
class {name}:
    """Errors with the tails of a double exponential."""
    vis: Visibilities
    @property
    def coords(self):
        """Text."""
        return ComplexGaussian(self.vis).coords
    @property
    def label(self):
        """Text."""
        return "double exponential likelihood of visibilities"
    @property
    def baselines(self):
        """Text."""
        return ComplexGaussian(self.vis).baselines
    def observe(self, name, model, *, noise_scale=1.0{more}):
        """Text."""
        sigma = np.broadcast_to(self.vis.weight**-0.5, (2, len(self.vis)))
        data = np.stack([self.vis.data.real, self.vis.data.imag])
        {density}
'''

RIGHT = """return pm.Laplace(name, model, noise_scale * sigma, observed=data, dims=("component", "visibility"))"""
FORGETS = """
        def logp(value, mean, scale):
            return -0.5 * ((value - mean) / (scale * sigma)) ** 2
        def random(mean, scale, rng=None, size=None):
            return mean + scale * sigma * rng.standard_normal(size or mean.shape)
        return pm.CustomDist(name, model, noise_scale, logp=logp, random=random, observed=data,
                             dims=("component", "visibility"))
"""

ROOM = {
    "tails": HEAD + BODY.format(name="Tails", more="", density=RIGHT),
    "forgetful": HEAD + BODY.format(name="Forgetful", more="", density=FORGETS),
    "strange": HEAD + BODY.format(name="Strange", more=", weather=0.0", density=RIGHT),
    "half": HEAD
    + '''
@dataclass(frozen=True, eq=False)
class Half(ImagePlane):
    """Forgets one of the two real components of every visibility."""
    def observe(self, name, sky, *, noise_scale=None):
        """Text."""
        value = super().observe(name, sky, noise_scale=noise_scale)
        return pm.Potential(name + "_more", self.statistics.count * pm.math.log(noise_scale))
''',
}


@pytest.fixture(scope="module")
def outcome(enlarged: Callable[..., str]) -> str:
    """The report with four more likelihoods."""
    wanted = "test_likelihood and (Tails or Forgetful or Strange or Half)"
    return enlarged("likelihoods", ROOM, test="tests/likelihoods/test_room.py", wanted=wanted)


def test_a_new_likelihood_is_found_and_passes(outcome):
    assert "test_likelihood[Tails] PASSED" in outcome


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("Forgetful", "the mean score of noise_scale is"),
        ("Strange", "has options ['weather'], which the contract test does not know"),
        ("Half", "the exact sum"),
    ],
)
def test_a_wrong_likelihood_fails_by_name(outcome, name, fault):
    assert f"test_likelihood[{name}] FAILED" in outcome
    assert fault in outcome
