"""Maps beside each other share a scale within a group; curves lie in their bands."""

import numpy as np
import pytest

from bayesim import plots
from bayesim.errors import ModelError
from bayesim.maps import Map
from bayesim.sky import Grid

GRID = Grid((6, 8), cell="1 arcsec")


def a_map(name, top, *, signed=False):
    values = np.zeros(GRID.shape)
    values[4, 1] = top  # to the North-East of the middle
    return Map(values=values, grid=GRID, unit="Jy/pixel", name=name, label="", signed=signed)


def test_a_group_has_one_scale_and_every_sky_has_east_to_the_left():
    axes = plots.side_by_side([a_map("truth", 3.0), a_map("mean", 1.0)], [a_map("sd", 0.5)])
    assert [ax.get_title(loc="left") for ax in axes] == ["Truth", "Mean", "Sd"]
    drawn = [ax.images[0] for ax in axes]
    assert drawn[0].get_clim() == drawn[1].get_clim() == (pytest.approx(-0.06, abs=0.07), 3.0)
    assert drawn[2].get_clim()[1] != drawn[0].get_clim()[1]
    for ax, image in zip(axes, drawn, strict=True):
        left, right, bottom, top = image.get_extent()
        assert left > right
        assert ax.get_xlim() == (left, right)
        assert bottom < top
        assert np.unravel_index(np.argmax(image.get_array()), GRID.shape) == (4, 1)


def test_signed_maps_have_zero_in_the_middle():
    (ax,) = plots.side_by_side([a_map("q", -2.0, signed=True)])
    low, high = ax.images[0].get_clim()
    assert low == -high


def test_rows_are_filled_in_order():
    axes = plots.side_by_side([a_map(f"channel {k}", 1.0) for k in range(5)], columns=2)
    assert len(axes) == 5
    # what is left over in the last row holds no axes, only colour bars stand beside the panels
    assert sum(bool(ax.images) for ax in axes[0].figure.axes) == 5
    with pytest.raises(ModelError, match="0 maps in 0 columns"):
        plots.side_by_side([])
    with pytest.raises(ModelError, match="1 maps in 0 columns"):
        plots.side_by_side([a_map("m", 1.0)], columns=0)


def test_bands_hold_their_share_of_the_curves():
    rng = np.random.default_rng(1)
    x = np.linspace(0.0, 1.0, 5)
    draws = 2.0 + x + 0.3 * rng.standard_normal((4000, 5))
    ax = plots.band(x, draws, truth=(x, 2.0 + x), xlabel="Radius (arcsec)", ylabel="Brightness")
    for shade, prob in zip(ax.collections, (0.95, 0.68), strict=True):
        corners = shade.get_paths()[0].vertices
        heights = corners[np.isclose(corners[:, 0], x[2]), 1]
        inside = (draws[:, 2] > heights.min()) & (draws[:, 2] < heights.max())
        assert inside.mean() == pytest.approx(prob, abs=1e-3)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["95 %", "68 %", "median", "truth"]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 2.0 + x, atol=0.05)
    assert ax.get_xlabel() == "Radius (arcsec)"


def test_curves_of_another_length_are_refused():
    with pytest.raises(ModelError, match="no curves of 3 points"):
        plots.band([1, 2, 3], np.zeros((10, 4)), xlabel="x", ylabel="y")
