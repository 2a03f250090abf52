from dataclasses import replace

from matplotlib.contour import QuadContourSet

from bayesim import plots


def test_contour_and_radius(solution):
    ax = plots.certificate(solution)
    assert f"R = {solution.radius:.2g}" in ax.get_title(loc="left")
    assert any(isinstance(c, QuadContourSet) for c in ax.collections)
    assert ax.get_images()[0].norm.vmax == 1.0
    assert ax.xaxis_inverted()


def test_no_contour_without_a_proof(solution):
    ax = plots.certificate(replace(solution, gap=solution.rate**2 / solution.sum_weight))
    assert "no proof" in ax.get_title(loc="left")
    assert not any(isinstance(c, QuadContourSet) for c in ax.collections)


def test_panels_share_the_field(solution, tree, grid):
    from bayesim import maps

    axes = plots.posterior_panels(maps.uncertainty(tree, grid, threshold=0.02), solution)
    assert axes.shape == (2, 2)
    titles = [ax.get_title(loc="left") for ax in axes.ravel()]
    assert titles[0] == "Posterior mean"
    assert titles[3] == "May hold flux, provably"
    assert len({ax.get_xlim() for ax in axes.ravel()}) == 1
    assert axes[0, 0].xaxis_inverted()
    assert axes[1, 0].get_xlabel() == "East offset (arcsec)"
