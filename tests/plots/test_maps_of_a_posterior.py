"""superpixels, power_spectrum, certified_credible and whiteness."""

from io import BytesIO

import numpy as np
import pytest

from bayesim import maps, plots
from bayesim.errors import ModelError


def test_superpixels_share_a_scale_and_shrink(tree, grid):
    scales = [maps.superpixel_intervals(tree, grid, size=size) for size in (1, 2, 4)]
    axes = plots.superpixels(scales)
    assert [ax.get_title(loc="left")[-5:] for ax in axes[:3]] == ["1 x 1", "2 x 2", "4 x 4"]
    known = [np.median(scale.width.values[scale.width.values > 0]) for scale in scales]
    drawn = axes[-1].lines[0].get_ydata()
    np.testing.assert_allclose(drawn / drawn[0], np.array(known) / known[0])
    left, right = axes[0].get_xlim()
    assert left > right, "East is to the left"
    axes[0].figure.savefig(BytesIO())
    with pytest.raises(ModelError, match="no scale"):
        plots.superpixels([])


def test_the_power_of_the_draws_is_a_band(tree, grid, solution, statistics):
    found = maps.power_spectrum(tree, grid, bins=10, most=30)
    faint = 1e-12 * found.noise(statistics)
    assert plots.power_spectrum(found, noise=faint).get_legend_handles_labels()[1][-1].endswith("below the frame")
    ax = plots.power_spectrum(found, mode=found.of(solution.image), noise=found.noise(statistics))
    assert [text.get_text() for text in ax.get_legend().texts] == [
        "95 % of draws", "68 % of draws", "median draw", "mode", "noise of the dirty map",
    ]  # fmt: skip
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.median(found.draws, axis=0))
    assert "Jy²" in ax.get_ylabel()


def test_proof_and_belief_are_counted_in_the_legend(tree, grid, solution):
    probability = maps.exceedance(tree, grid, threshold=3 * solution.sigma_image, box=3)
    found = maps.certified_credible(solution, probability)
    ax = plots.certified_credible(found)
    words = [text.get_text() for text in ax.get_legend().texts]
    assert words[2] == f"both: {found.islands['both']} islands"
    np.testing.assert_array_equal(ax.images[0].get_array(), found.classes.values)
    left, right = ax.get_xlim()
    assert left > right, "East is to the left"


def test_the_residual_is_drawn_beside_noise(visibilities, grid):
    zero = np.zeros(len(visibilities), complex)
    found = maps.whiteness(visibilities, zero, grid, seed=1, simulations=19)
    left, right = plots.whiteness(found)
    assert left.get_title(loc="left").startswith(f"p = {found.p_value:.2g}")
    np.testing.assert_array_equal(right.lines[0].get_ydata(), found.power)
    assert sum(patch.get_height() for patch in left.patches) == grid.size
    assert left.get_ylim()[1] < 1e5
