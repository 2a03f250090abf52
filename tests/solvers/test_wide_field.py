"""A real array, a wide field, exact w: the gap, the certificate and the number of atoms."""

import tracemalloc

import numpy as np
import pytest

from bayesim.data import PointSource, observe, read
from bayesim.data.arrays import array
from bayesim.operators import WideField
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, lambda_max


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


@pytest.mark.parametrize("npix", [300, 3000])
def test_memory_is_what_the_documentation_says(npix):
    vis = observe(
        array("vla.d"),
        sources=[PointSource(flux, l, 0.01) for flux, l in ((1.0, 0.01), (0.5, -0.015), (0.2, 0.0))],
        declination=0.6,
        hour_angles=np.linspace(-1, 1, 100),
        frequency=3e8,
        snr=300,
        seed=1,
    )
    tracemalloc.start()
    equations = WideField(vis, Grid.spanning("3deg", npix=npix))
    rate = 0.05 * lambda_max(equations, PositiveLaplace(1.0))
    solution = PolyClean().solve(equations, PositiveLaplace(rate))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert solution.converged
    lattice = solution.fit.samples().size
    assert peak <= 1.3 * (1000 * len(vis) + 3500 * lattice)
