"""The Gaussian beam: one function on pixels, off the grid and in a graph, with its slopes."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from bayesim.data import from_arrays
from bayesim.errors import GridError
from bayesim.likelihoods import PerVisibility
from bayesim.operators import GaussianBeam, GridResponse
from bayesim.sky import Grid
from bayesim.sources import Offset, Point

BEAM = GaussianBeam("30 arcmin", l="3 arcmin", m="-2 arcmin")


def test_the_width_is_that_at_half_maximum():
    half = 0.5 * BEAM.fwhm
    for l, m in ((half, 0.0), (0.0, -half), (0.6 * half, 0.8 * half)):
        assert BEAM(np.array([BEAM.l + l]), np.array([BEAM.m + m])).value == pytest.approx(0.5, rel=1e-12)
    assert BEAM(np.array([BEAM.l]), np.array([BEAM.m])).value == 1.0


def test_slopes_are_differences():
    l, m = np.random.default_rng(1).uniform(-4e-3, 4e-3, (2, 20))
    found, step = BEAM(l, m), 1e-7
    np.testing.assert_allclose(found.east, (BEAM(l + step, m).value - BEAM(l - step, m).value) / 2e-7, rtol=1e-6)
    np.testing.assert_allclose(found.north, (BEAM(l, m + step).value - BEAM(l, m - step).value) / 2e-7, rtol=1e-6)


def test_pixels_and_the_graph_have_the_same_beam():
    grid = Grid(24, cell="2 arcmin")
    on = BEAM.on(grid)
    assert on.shape == grid.shape
    l, m = np.array([1.1e-3, -2.3e-3]), np.array([-0.4e-3, 1.9e-3])
    np.testing.assert_allclose(GridResponse(on, grid)(l, m).value, BEAM(l, m).value, rtol=1e-5)
    x, y = pt.dvectors("l", "m")
    factor = pytensor.function([x, y], [BEAM.factor(x, y), pt.grad(pt.sum(BEAM.factor(x, y)), x)], mode=python())
    value, slope = factor(l, m)
    np.testing.assert_allclose(value, BEAM(l, m).value, rtol=1e-14)
    np.testing.assert_allclose(slope, BEAM(l, m).east, rtol=1e-12)


def python():
    return Mode(linker="py", optimizer=None)


def test_a_source_and_a_pixel_are_attenuated_alike():
    grid = Grid(24, cell="2 arcmin")
    u, v = np.random.default_rng(2).uniform(-200, 200, (2, 9))
    l, m = float(grid.l[7]), float(grid.m[15])
    image = np.zeros(grid.shape)
    image[15, 7] = 2.0
    vis = from_arrays(u, v, np.ones(9, dtype=complex), weight=1.0)
    seen = PerVisibility(vis, grid, response=BEAM.on(grid)).predict(pt.constant(image))
    source = Offset(Point(2.0 * BEAM.factor(l, m)), l=l, m=m).visibility(u, v)
    np.testing.assert_allclose(*(pytensor.function([], x, mode=python())() for x in (seen, source)), atol=1e-10)


@pytest.mark.parametrize("fwhm", [0.0, -1.0, np.inf, "3 Jy"])
def test_what_is_no_width_is_refused(fwhm):
    with pytest.raises(GridError):
        GaussianBeam(fwhm)
