"""Pixels are sorted into the classes of proof and belief; certificates of draws are those of their residuals."""

from dataclasses import replace

import numpy as np
import pytest

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


def test_certificates_of_draws_are_of_their_residuals(solution, statistics, tree, grid):
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
