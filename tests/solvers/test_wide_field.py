"""A real array, a wide field, exact w: the gap, the certificate and the number of atoms."""

import numpy as np
import pytest

from bayesim.data import read
from bayesim.operators import WideField
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean


@pytest.mark.slow
def test_lofar_core_at_six_degrees(shared_data):
    vis = read(shared_data / "lofar_bootes" / "ssms.ms")
    grid = Grid.spanning("6deg", npix=1024)
    equations = WideField(vis, grid)
    solution = PolyClean(relative_gap=1e-4).solve(equations, PositiveLaplace(0.02 * equations.dirty.max()))
    assert solution.relative_gap <= 1e-4
    assert solution.max_certificate <= 1.001
    assert solution.indices.size <= 600
    brightest = solution.indices[np.argmax(solution.fluxes)]
    l, m = np.degrees(np.concatenate(grid.directions(np.array([brightest]))))
    assert l == pytest.approx(1.84, abs=0.02)
    assert m == pytest.approx(1.03, abs=0.02)
