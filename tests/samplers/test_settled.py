"""Candidates that the fit has put off are centred by short chains; crowded ones give way to smooth emission."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.conventions import ARCSEC
from bayesim.data import GaussianSource, PointSource, array, observe
from bayesim.errors import FormatError, ModelError
from bayesim.maps import on_pixels, power_spectrum
from bayesim.maps._points import some_points
from bayesim.operators import Coplanar, Directions, exact_gram, measure
from bayesim.priors import PositiveLaplace
from bayesim.samplers import gibbs, predicted_sources, settled, source_verdict
from bayesim.sky import Grid
from bayesim.solvers import OffGrid, PolyClean, candidates, load_candidates, save_candidates, solve_at_noise
from bayesim.solvers._patches import corners
from bayesim.solvers._points import Points
from bayesim.solvers.background import taper

GRID = Grid(160, cell=0.35 * ARCSEC)
POINT = PointSource(0.02, 18 * ARCSEC, 12 * ARCSEC)
EXTENDED = GaussianSource(0.06, -5 * ARCSEC, -6 * ARCSEC, 8 * ARCSEC, 5 * ARCSEC, 0.5)


def fitted(*sources, weight=1.0):
    vla = array("vla.c")
    vis = observe(
        vla,
        sources=list(sources),
        declination=0.7,
        hour_angles=np.linspace(-0.6, 0.6, 4),
        frequency=8.4e9,
        sigma=2e-4 * (4 * 351) ** 0.5,
        seed=3,
    )
    vis = replace(vis, weight=weight * vis.weight)
    equations = Coplanar(measure(vis, GRID))
    solution = solve_at_noise(equations, PositiveLaplace, sigmas=4.0, solver=PolyClean(relative_gap=1e-4))
    directions = Directions(vis, GRID, coplanar=True)
    return directions, OffGrid().refine(directions, solution)


@pytest.fixture(scope="module")
def extended():
    return fitted(POINT, EXTENDED)


@pytest.fixture(scope="module")
def found(extended):
    return candidates(*extended)


@pytest.fixture(scope="module")
def tree(extended, found):
    return gibbs.sample(settled(extended[0], found, seed=1), seed=1, draws=400, tune=50, chains=2, cores=1)


def columns(vis, l, m):
    return np.exp(-2j * np.pi * (np.outer(vis.u, l) + np.outer(vis.v, m)))


def nodes(found):
    return corners(Points(found.flux, found.l, found.m), found.spread)


def test_crowded_sources_give_way_to_smooth_emission(found, tree):
    posterior = tree["posterior"]
    assert np.count_nonzero(found.flux) > 10
    assert np.count_nonzero(posterior["included"].mean(("chain", "draw")) > 0.5) == 1
    for name, true in (("background_flux", EXTENDED.flux), ("total_flux", EXTENDED.flux + POINT.flux)):
        assert abs(posterior[name].mean() - true) < 3.5 * posterior[name].std()
    assert (posterior["background_width"] > 0).all()
    verdict = source_verdict(tree)
    assert verdict.rhat_max < 1.05
    assert "may be negative" in tree.attrs["label"]


def test_blobs_are_tapered_points(extended, found):
    vis = extended[0].vis
    behind = found.behind[0]
    l, m = nodes(found)
    amplitude = taper(vis.u, vis.v, behind.shape)
    blobs = amplitude[:, None] * columns(vis, behind.l, behind.m)
    exact = (columns(vis, l[:4], m[:4]).conj().T @ (vis.weight[:, None] * blobs)).real
    scale = vis.sum_weight
    assert np.abs(behind.overlap[:4] @ behind.modes.T - exact @ behind.modes @ behind.modes.T).max() < 1e-7 * scale
    own = (blobs.conj().T @ (vis.weight[:, None] * blobs)).real
    assert np.abs(behind.modes.T @ own @ behind.modes - np.diag(behind.curvature)).max() < 1e-6 * scale
    # the amplitude of a Gaussian whose visibility is known in closed form
    assert taper(np.array([1e4]), np.array([0.0]), 1e-10 * np.eye(2))[0] == pytest.approx(np.exp(-0.02 * np.pi**2))


def test_every_view_of_a_draw_is_the_same_sky(extended, tree):
    vis, posterior = extended[0].vis, tree["posterior"]
    image = on_pixels(tree, GRID)["posterior"]["image"]
    every = tree["posterior"].sizes["draw"] // image.sizes["draw"]
    total = posterior["total_flux"].isel(draw=slice(None, None, every))
    assert np.allclose(image.sum("pixel"), total.sel(draw=image["draw"]))
    model, _ = next(iter(predicted_sources(tree, vis, draws=1, coplanar=True)))
    left = vis.data - model
    for flux, l, m, shape in next(iter(some_points(tree, most=1))):
        amplitude = 1.0 if shape is None else taper(vis.u, vis.v, shape)
        model = model - amplitude * (columns(vis, l, m) @ flux)
    assert np.abs(model).max() < 1e-5 * EXTENDED.flux
    model = vis.data - left
    power = power_spectrum(tree, GRID, most=1, bins=6).draws[0]
    grown = on_pixels(tree, GRID)
    assert power[0] == pytest.approx(power_spectrum(grown, GRID, most=1, bins=6).draws[0, 0], rel=0.05)
    first = image.isel(chain=0, draw=0).values
    short = np.hypot(vis.u, vis.v) < 0.2 * vis.longest_baseline
    seen = columns(vis, *GRID.directions(image["pixel"].values)) @ first
    # a point is shared out among four pixels, and a blob cut at three standard deviations
    assert np.abs(seen - model)[short].max() < 0.03 * EXTENDED.flux


def test_where_the_fit_is_right_nothing_moves(extended, found):
    assert settled(extended[0], found, seed=1) is found
    directions, points = fitted(POINT)
    alone = candidates(directions, points)
    assert not alone.behind
    assert settled(directions, alone, seed=1) is alone


def test_patches_of_errors_that_are_too_large_shrink(extended):
    directions, points = fitted(POINT, weight=0.01)
    wide = candidates(directions, points)
    own = settled(directions, wide, seed=1)
    assert own.spread[0, 0, 0] < 0.3 * wide.spread[0, 0, 0]
    vis, (l, m) = directions.vis, nodes(own)
    assert np.abs(own.gram - exact_gram(vis.u, vis.v, None, vis.weight, (l, m))).max() < 1e-5 * vis.sum_weight
    left = vis.data - columns(vis, own.l, own.m) @ own.flux
    pull = (columns(vis, l, m).conj().T @ (vis.weight * left)).real
    assert np.abs(own.pull - pull).max() < 1e-5 * vis.sum_weight * POINT.flux


def test_candidates_with_a_background_survive_a_file(found, tmp_path):
    path = tmp_path / "kept.npz"
    save_candidates(found, path, run="one")
    again = load_candidates(path, run="one")
    for mine, theirs in zip(again.behind, found.behind, strict=True):
        assert mine.width == theirs.width
        assert all(np.array_equal(a, b) for a, b in zip(mine.numbers, theirs.numbers, strict=True))
    damaged = replace(found.behind[0], overlap=found.behind[0].overlap[:-6])
    save_candidates(replace(found, behind=(damaged,)), path, run="one")
    with pytest.raises(FormatError, match="of other candidates"):
        load_candidates(path, run="one")


def test_faint_sources_and_a_background_exclude_each_other(extended, found):
    with pytest.raises(ModelError, match="points alone"):
        candidates(*extended, background=True, faint=True)
    assert not candidates(*extended, background=False).behind
    with pytest.raises(ModelError, match="positive"):
        replace(found.behind[0], width=0.0)
    with pytest.raises(ModelError, match="other shapes"):
        replace(found.behind[0], l=found.behind[0].l[:-1])
