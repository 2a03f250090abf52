import io
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import AsinhNorm, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from bayesim import plots
from bayesim.conventions import ARCSEC
from bayesim.maps import Beam, Map
from bayesim.sky import Grid

GRID = Grid((30, 40), cell=2 * ARCSEC)


def _map(*, east=9, north=6, grid=GRID, **changes):
    values = np.zeros(grid.shape)
    values[grid.shape[0] // 2 + north, grid.shape[1] // 2 - east] = 2.5e-3
    fields = {"unit": "Jy/beam", "name": "dirty", "label": ""} | changes
    return Map(values, grid, **fields)


def _drawn_pixels(ax):
    figure = ax.get_figure()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="rgba", dpi=100)
    width, height = (round(v) for v in figure.bbox.size)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8).reshape(height, width, 4)


def test_an_eastern_source_appears_on_the_left_and_a_northern_one_above():
    ax = plots.image(_map())
    drawn = _drawn_pixels(ax)
    box = ax.get_window_extent()
    height = drawn.shape[0]
    inside = drawn[height - int(box.y1) : height - int(box.y0), int(box.x0) : int(box.x1), :3].astype(int)
    inside = inside[4:-4, 4:-4]
    rows, columns = np.nonzero(inside.sum(axis=2) > 500)
    assert columns.mean() < 0.4 * inside.shape[1]
    assert rows.mean() < 0.4 * inside.shape[0]


def test_pixel_centres_fall_on_their_offsets():
    ax = plots.image(_map())
    left, right, bottom, top = ax.get_images()[0].get_extent()
    np.testing.assert_allclose([left, right], [(GRID.l[0] / ARCSEC) + 1, (GRID.l[-1] / ARCSEC) - 1])
    np.testing.assert_allclose([bottom, top], [(GRID.m[0] / ARCSEC) - 1, (GRID.m[-1] / ARCSEC) + 1])
    assert ax.xaxis_inverted()
    assert not ax.yaxis_inverted()


@pytest.mark.parametrize(
    ("cell", "unit"), [("20 uas", "mas"), ("2 arcsec", "arcsec"), ("30 arcsec", "arcmin"), ("20 arcmin", "deg")]
)
def test_units_suit_the_field(cell, unit):
    cell = cell.replace("20 uas", "2e-5 arcsec")
    ax = plots.image(_map(grid=Grid((30, 40), cell=cell)))
    assert ax.get_xlabel() == f"East offset ({unit})"
    assert ax.get_ylabel() == f"North offset ({unit})"


def test_colour_bar_says_the_unit():
    ax = plots.image(_map())
    bar = next(a for a in ax.get_figure().axes if a is not ax)
    assert bar.get_ylabel() == "mJy/beam"
    assert ax.get_images()[0].get_array().max() == pytest.approx(2.5)


@pytest.mark.parametrize(("low", "high"), [(1.5e-3, 4.2e-3), (0.0, 4.0), (0.5, 0.9)])
def test_colour_bars_can_be_read_between_their_ends(low, high):
    values = np.linspace(low, high, GRID.size).reshape(GRID.shape)
    ax = plots.image(Map(values, GRID, unit="Jy/pixel", name="sd", label=""))
    (bar,) = [other for other in ax.get_figure().axes if other is not ax]
    shown = [tick for tick in bar.get_yticks() if bar.get_ylim()[0] <= tick <= bar.get_ylim()[1]]
    assert len(shown) >= 4


def test_scale_follows_the_kind_of_map():
    signed = plots.image(_map(signed=True)).get_images()[0]
    assert signed.norm.vmin == -signed.norm.vmax
    assert signed.get_cmap().name == "RdBu_r"
    assert isinstance(plots.image(_map()).get_images()[0].norm, AsinhNorm)
    plain = plots.image(_map(unit="")).get_images()[0]
    assert type(plain.norm) is Normalize


def test_a_norm_is_in_the_unit_of_the_map():
    drawn = plots.image(_map(), norm=Normalize(0, 1e-3)).get_images()[0]
    assert drawn.norm.vmax == pytest.approx(1.0)
    with pytest.raises(TypeError, match="LogNorm"):
        plots.image(_map(), norm=LogNorm(1e-5, 1e-3))


def test_beam_is_drawn_with_its_angle_east_of_north():
    beam = Beam(12 * ARCSEC, 4 * ARCSEC, np.radians(30))
    ax = plots.image(_map(beam=beam))
    (ellipse,) = (p for p in ax.patches if isinstance(p, Ellipse))
    assert (ellipse.height, ellipse.width) == pytest.approx((12.0, 4.0))
    # an end of the major axis in data coordinates: positive East offset with positive North offset
    end = ellipse.get_patch_transform().transform((0.0, 1.0)) - np.asarray(ellipse.center)
    np.testing.assert_allclose(end, [6 * np.sin(np.radians(30)), 6 * np.cos(np.radians(30))], rtol=1e-6)
    assert ellipse.center[0] > 0
    assert ellipse.center[1] < 0


def test_undefined_pixels_and_empty_maps_are_drawn():
    nothing = replace(_map(), values=np.full(GRID.shape, np.nan))
    assert plots.image(nothing).get_images()[0].get_array().mask.all()
    assert plots.image(replace(_map(), values=np.zeros(GRID.shape))).get_images()[0].norm.vmax == 1.0


def test_no_label_leaves_the_figure():
    from bayesim import maps

    values = np.random.default_rng(0).normal(size=GRID.shape) * 0.05
    ax = plots.image(maps.Map(values, GRID, "Jy/beam", "residual", "", signed=True))
    drawn = _drawn_pixels(ax)[..., :3].astype(int).sum(axis=2)
    assert (drawn[:, :2] == 3 * 255).all()
    assert (drawn[:, -2:] == 3 * 255).all()


def test_given_axes_are_used_and_pyplot_is_not():
    ax = Figure().add_subplot()
    assert plots.image(_map(), ax) is ax
    # pyplot registers its figures: none of ours may be among them
    pyplot = matplotlib._pylab_helpers.Gcf
    assert not pyplot.get_all_fig_managers()
