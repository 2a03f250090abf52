"""The joint region holds what it must, is wider than any marginal interval, and its edge is where it says."""

import numpy as np
import pytest

from bayesim.data import example
from bayesim.errors import GridError, ModelError
from bayesim.maps import JointRegion, hdi
from bayesim.operators import Coplanar, measure
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.samplers import LogConcave, skrock
from bayesim.sky import Grid
from bayesim.solvers import PolyClean

NPIX = 10


@pytest.fixture(scope="module")
def equations():
    vis = example(seed=2)[0]
    return Coplanar(measure(vis, Grid(NPIX, cell=1 / (3 * vis.longest_baseline))))


@pytest.fixture(scope="module", params=[Laplace, PositiveLaplace])
def region(request, equations):
    prior = request.param(0.1 * equations.dirty.max())
    return JointRegion(PolyClean(relative_gap=1e-10).solve(equations, prior), equations)


def potential(region, image):
    data = 0.5 * np.vdot(image, region.equations.normal.apply(image)) - np.vdot(image, region.equations.dirty)
    return float(data) + region.solution.prior.value(image)


def test_the_rise_is_that_of_the_potential(region):
    image = np.abs(region.solution.image + 0.01 * np.random.default_rng(1).standard_normal((NPIX, NPIX)))
    expected = potential(region, image) - potential(region, region.solution.image)
    assert region.rise(image) == pytest.approx(expected, rel=1e-8)
    assert region.rise(region.solution.image) == 0.0


def test_joint_intervals_contain_the_marginal_hdi_everywhere(region):
    """Acceptance 24; draws of the posterior lie inside as well."""
    solution = region.solution
    problem = LogConcave(region.equations, type(solution.prior), rate=solution.rate)
    draws = skrock.sample(problem, start=solution, seed=1, draws=300, chains=1)["posterior"]["image"].values[0]
    assert all(region.contains(draw) for draw in draws)
    low, high = hdi(draws)
    joint = region.intervals(size=1)
    assert np.all(joint.low.values <= low)
    assert np.all(joint.high.values >= high)
    assert "joint" in joint.low.label
    assert "joint" in joint.high.label


def test_the_ends_of_a_superpixel_lie_on_the_edge(region):
    ends, part = region.intervals(size=5), np.s_[5:10, 0:5]
    for values in (ends.low.values, ends.high.values):
        image = region.solution.image.copy()
        image[part] = values[part]
        if abs(values[7, 2]) > 1e-9:  # neither NaN nor where positivity ends it
            assert region.rise(image) == pytest.approx(region.slack, rel=1e-6)
            image[part] *= 1.01
            assert not region.contains(image)


def test_a_bright_source_is_real_and_a_faint_one_is_not_proven(region):
    empty = np.zeros((NPIX, NPIX))
    assert not region.contains(empty)
    faint = region.solution.image + 0.01 * region.solution.sigma_image
    assert region.contains(faint)


def test_what_cannot_be_is_refused(region, equations):
    with pytest.raises(ModelError, match="alpha"):
        JointRegion(region.solution, equations, alpha=1.5)
    with pytest.raises(GridError, match="shape"):
        region.contains(np.zeros((3, 3)))
    with pytest.raises(ModelError, match="size"):
        region.intervals(size=0)
