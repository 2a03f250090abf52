"""Figures of the certificate's products."""

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.contour import QuadContourSet
from matplotlib.patches import Ellipse

from bayesim import maps, plots
from bayesim.errors import ModelError
from bayesim.operators import Coplanar
from bayesim.priors import PositiveLaplace
from bayesim.solvers import path


@pytest.fixture(scope="module")
def solutions(statistics):
    return path(Coplanar(statistics), PositiveLaplace, alphas=(1.0, 0.5, 0.2, 0.1))


def test_regions_are_outlined_and_numbered(solution, statistics):
    table = maps.certificate_regions(solution, Coplanar(statistics))
    ax = plots.certificate_regions(solution, table)
    assert any(isinstance(c, QuadContourSet) for c in ax.collections)
    assert not any(isinstance(c, QuadMesh) for c in ax.collections)
    first = ax.texts[0]
    assert first.get_text() == "1"
    assert first.xy[0] == pytest.approx(3600 * table["peak_l"][0])
    assert f"({np.count_nonzero(table['holds_flux'])})" in ax.get_legend().get_texts()[0].get_text()


def test_contours_stand_about_their_sources(solution, statistics):
    beam = maps.fit_beam(statistics.psf, cell=solution.grid.cell)
    table = maps.position_contours(solution, Coplanar(statistics), beam)
    axes = plots.position_contours(table, most=2)
    assert axes.shape == (min(2, int(np.isfinite(table["ellipse_major"]).sum())),)
    assert axes[0].xaxis_inverted()
    (ellipse,) = (p for p in axes[0].patches if isinstance(p, Ellipse))
    assert ellipse.get_angle() == pytest.approx(-table["ellipse_pa"][0])
    with pytest.raises(ModelError, match="contour_status"):
        plots.position_contours(table[:0])


def test_path_panels(solutions):
    axes = plots.certificate_path(solutions, most=3)
    assert len(axes) == 3
    titles = [ax.get_title(loc="left") for ax in axes]
    assert titles[0].startswith("α = 1: 0 atoms")
    assert titles[-1].startswith("α = 0.1:")
    with pytest.raises(ModelError, match="no solution"):
        plots.certificate_path([])


def test_flux_path(solutions):
    ax = plots.flux_path(solutions)
    total = next(line for line in ax.lines if line.get_label() == "total")
    scale = 1e3 if "mJy" in ax.get_ylabel() else 1.0
    np.testing.assert_allclose(total.get_ydata(), [scale * s.fluxes.sum() for s in solutions])
    assert ax.get_xscale() == "log"
    assert ax.xaxis_inverted()
    with pytest.raises(ModelError, match="at least two"):
        plots.flux_path(solutions[:1])
