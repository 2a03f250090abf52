"""The restored image of sources off the grid, against the sum of shifted beams over the whole image."""

import numpy as np

from bayesim.conventions import ARCSEC
from bayesim.maps import Beam, restored
from bayesim.operators import Residual
from bayesim.sky import Grid
from bayesim.solvers import PointSources

GRID = Grid((48, 56), cell=ARCSEC, centre=(3 * ARCSEC, -2 * ARCSEC))
BEAM = Beam(6 * ARCSEC, 4 * ARCSEC, 0.6)


def sources(flux, east, north):
    """Return sources at offsets in arcsec."""
    k = len(flux)
    residual = np.random.default_rng(4).normal(size=GRID.shape)
    l, m = np.array(east) * ARCSEC, np.array(north) * ARCSEC
    return PointSources(GRID, np.array(flux), l, m, np.eye(3 * k), Residual(residual, 1.0), 8.0, 10, True, "", 1)


def test_every_source_is_seen_where_it_is():
    # between pixels, at the centre, half off each edge, and far outside
    found = sources([1.0, -0.4, 0.3, 0.2, 5.0], [7.3, 3.0, 30.4, -24.2, 300.0], [-11.6, -2.0, 3.3, 21.9, 0.0])
    image = restored(found, BEAM)
    expected = found.residual / 8.0
    for flux, l, m in zip(found.flux, found.l, found.m, strict=True):
        expected = expected + flux * BEAM.profile(GRID.l[None, :] - l, GRID.m[:, None] - m)
    np.testing.assert_allclose(image.values, expected, atol=1e-6)
    assert image.unit == "Jy/beam"


def test_no_source_leaves_the_residual():
    nothing = sources([], [], [])
    np.testing.assert_array_equal(restored(nothing, BEAM).values, nothing.residual / 8.0)
