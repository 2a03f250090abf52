"""Pixels are sorted into the classes of proof and belief; certificates of draws are those of their residuals."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import GridError, ModelError
from bayesim.maps import Map, certified_credible, draw_certificates, exceedance
from bayesim.operators import Coplanar
from bayesim.sky import Grid


def test_pixels_and_islands_are_counted_by_what_they_hold(solution, grid):
    chance = np.zeros(grid.shape)
    certified = np.argwhere(solution.saturation)
    first = tuple(certified[0])
    chance[first] = 1.0
    # next to a certified pixel: the island is both, the pixel is not
    beside = tuple(certified[-1] + (1, 1))
    alone = (2, 2)
    assert not solution.saturation[beside]
    assert not solution.saturation[:5, :5].any()
    chance[beside] = chance[alone] = 0.96
    found = certified_credible(solution, Map(chance, grid, "", "posterior_probability", "of a test"))
    count = np.count_nonzero(solution.saturation)
    assert found.pixels == {
        "neither": grid.size - count - 2, "certified only": count - 1, "credible only": 2, "both": 1,
    }  # fmt: skip
    assert found.islands["credible only"] == 1
    assert found.islands["both"] == 2
    assert [found.classes.values[place] for place in (first, beside, alone)] == [3, 2, 2]
    assert found.classes.values.sum() == 3 + 2 * 2 + count - 1


def test_it_says_when_nothing_is_certified(solution, grid):
    probability = Map(np.zeros(grid.shape), grid, "", "posterior_probability", "of a test")
    assert "certifies every pixel" in certified_credible(replace(solution, gap=1e9), probability).classes.label
    elsewhere = Map(np.zeros((4, 4)), Grid(4, cell=1e-3), "", "posterior_probability", "of a test")
    with pytest.raises(GridError, match="lies on"):
        certified_credible(solution, elsewhere)
    with pytest.raises(ModelError, match="level"):
        certified_credible(solution, probability, level=1.0)


def test_the_posterior_of_the_fixture_agrees_on_the_bright_sources(solution, tree, grid):
    probability = exceedance(tree, grid, threshold=3 * solution.sigma_image, box=3)
    found = certified_credible(solution, probability)
    assert found.islands["both"] >= 3


def test_certificates_of_draws_are_of_their_residuals(solution, statistics, visibilities, tree, grid):
    equations = Coplanar(statistics)
    found = draw_certificates(tree, solution, equations, most=7)
    # eta of a positive prior is linear in the sky
    draws = tree["posterior"]["image"].values.reshape(-1, solution.indices.size)
    used = draws[np.linspace(0, len(draws) - 1, 7).astype(int)]
    etas = np.stack([equations.residual(solution.indices, draw).image / solution.rate for draw in used])
    np.testing.assert_allclose(found.mean.values, etas.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.sd.values, etas.std(axis=0, ddof=1), atol=1e-12)
    np.testing.assert_allclose(found.largest, etas.max(axis=(1, 2)))
    assert found.noise == pytest.approx(1 / (solution.rate * solution.sigma_image))
    with pytest.raises(GridError, match="lies on"):
        draw_certificates(tree, replace(solution, grid=Grid(grid.shape, cell=1e-6)), equations)
    with pytest.raises(ModelError, match="give the normal equations"):
        draw_certificates(tree, solution, visibilities)


@pytest.mark.parametrize("w", [0.0, 4e6])
def test_certificates_of_sources_between_pixels_are_exact_sums(solution, visibilities, grid, w):
    rng, vis = np.random.default_rng(1), replace(visibilities, w=np.full(len(visibilities), w))
    flux, place = rng.exponential(0.5, (2, 3, 2)), 10 * grid.cell * rng.uniform(-1, 1, (2, 2, 3, 2))
    flux[0, 0] = 0.0
    dims = ("chain", "draw", "source")
    posterior = xr.Dataset({"flux": (dims, flux), "l": (dims, place[0]), "m": (dims, place[1])})
    tree = xr.DataTree.from_dict({"posterior": posterior})
    found = draw_certificates(tree, solution, vis)
    assert found.largest.shape == (6,)
    l, m = grid.directions(np.arange(grid.size))
    etas = []
    for draw in range(6):
        f, x, y = (posterior[name].values.reshape(6, 2)[draw] for name in ("flux", "l", "m"))
        left = vis.data - fringes(vis, x, y, w) @ f
        etas.append((fringes(vis, l, m, w).conj().T @ (vis.weight * left)).real / solution.rate)
    np.testing.assert_allclose(found.mean.values.ravel(), np.mean(etas, axis=0), atol=1e-5 * found.largest.max())
    np.testing.assert_allclose(found.largest, np.max(etas, axis=1), rtol=1e-5)
    with pytest.raises(ModelError, match="give the visibilities"):
        draw_certificates(tree, solution, object())


def fringes(vis, l, m, w):
    turns = np.outer(vis.u, l) + np.outer(vis.v, m) + w * (np.sqrt(1 - l**2 - m**2) - 1)
    return np.exp(-2j * np.pi * turns)
