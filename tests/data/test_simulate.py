"""Simulated observations: signs, tracks, noise and the layouts they start from."""

import numpy as np
import pytest

from bayesim import Grid
from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data import GaussianSource, ImageSource, PointSource, array, array_names, observe
from bayesim.data.arrays import Array
from bayesim.errors import DataError, GridError

VLA = array("vla.c")
SETUP = {"declination": 0.6, "hour_angles": np.linspace(-0.5, 0.5, 4), "frequency": 5e9}


def dirty(vis, l, m):
    turns = vis.u * l + vis.v * m + vis.w * (np.sqrt(1 - l**2 - m**2) - 1)
    return float((vis.weight * (vis.data * np.exp(2j * np.pi * turns))).real.sum() / vis.sum_weight)


@pytest.mark.parametrize(("l", "m"), [(2e-3, 0.0), (0.0, 2e-3), (-1e-2, 3e-3)])
def test_a_source_comes_out_where_it_was_put(l, m):
    vis = observe(VLA, sources=[PointSource(3.0, l, m)], sigma=1.0, seed=None, **SETUP)
    assert dirty(vis, l, m) == pytest.approx(3.0, rel=1e-12)
    assert dirty(vis, -l, -m) < 1.0
    assert "no noise was added" in vis.account.notes


def test_east_is_where_u_points():
    # two antennas on an east-west line look at the pole-side meridian: delay = east * l at transit
    pair = Array.from_enu("pair", np.array([[100.0, 0, 0], [0, 0, 0]]), latitude=0.5, longitude=1.0, diameter=5.0)
    vis = observe(pair, sources=[], declination=0.5, hour_angles=0.0, frequency=SPEED_OF_LIGHT, sigma=1.0, seed=0)
    np.testing.assert_allclose([vis.u[0], vis.v[0], vis.w[0]], [100.0, 0.0, 0.0], atol=1e-8)
    later = observe(pair, sources=[], declination=0.5, hour_angles=0.1, frequency=SPEED_OF_LIGHT, sigma=1.0, seed=0)
    assert later.w[0] < 0  # the source has gone west, away from the eastern antenna


def test_v_points_north_and_length_is_kept():
    pair = Array.from_enu("pair", np.array([[0, 100.0, 0], [0, 0, 0]]), latitude=0.5, longitude=-2.0, diameter=5.0)
    vis = observe(pair, sources=[], declination=0.5, hour_angles=0.0, frequency=SPEED_OF_LIGHT, sigma=1.0, seed=0)
    np.testing.assert_allclose([vis.u[0], vis.v[0], vis.w[0]], [0.0, 100.0, 0.0], atol=1e-8)


@pytest.mark.parametrize("w_scale", [0.0, 1.0, 50.0])
def test_gaussian_equals_the_sum_of_its_image(w_scale):
    u, v, w = np.random.default_rng(3).normal(size=(3, 30)) * 2e3
    source = GaussianSource(2.0, 0.1, -0.2, 2e-4, 1e-4, 0.5)
    grid = Grid(161, cell="2.5arcsec", centre=(0.1, -0.2))
    l, m = np.meshgrid(grid.l - 0.1, grid.m + 0.2)
    inverse = np.linalg.inv(source.covariance)
    image = np.exp(-0.5 * (inverse[0, 0] * l**2 + 2 * inverse[0, 1] * l * m + inverse[1, 1] * m**2))
    image *= 2.0 / image.sum()
    exact = ImageSource(image, grid).visibilities(u, v, w_scale * w)
    np.testing.assert_allclose(source.visibilities(u, v, w_scale * w), exact, atol=2e-8)


def test_gaussian_at_zero_spacing_and_zero_size():
    zero = np.zeros(1)
    assert GaussianSource(2.0, 0.1, 0.0, 1e-3, 1e-4, 0.2).visibilities(zero, zero, zero)[0] == pytest.approx(2.0)
    u, v, w = np.random.default_rng(0).normal(size=(3, 5)) * 1e3
    point = PointSource(2.0, 0.1, 0.05).visibilities(u, v, w)
    np.testing.assert_allclose(GaussianSource(2.0, 0.1, 0.05, 0.0, 0.0).visibilities(u, v, w), point, rtol=1e-12)


def test_position_angle_runs_from_north_to_east():
    source = GaussianSource(1.0, 0.0, 0.0, 1e-3, 1e-5, np.pi / 4)
    zero, q = np.zeros(1), np.array([600.0])
    assert abs(source.visibilities(q, q, zero)[0]) < 0.5 < abs(source.visibilities(q, -q, zero)[0])


def test_image_and_sources_add():
    grid = Grid(9, cell="10arcsec")
    image = np.zeros(grid.shape)
    image[6, 2] = 1.5
    l, m = grid.directions(np.array([6 * 9 + 2]))
    by_image = observe(VLA, image=image, grid=grid, sigma=1.0, seed=None, **SETUP)
    by_point = observe(VLA, sources=[PointSource(1.5, l[0], m[0])], sigma=1.0, seed=None, **SETUP)
    np.testing.assert_allclose(by_image.data, by_point.data, atol=1e-12)


def test_noise_is_of_the_stated_size_and_repeats_with_its_seed():
    vis = observe(VLA, sources=[], sigma=0.3, seed=4, **SETUP)
    spread = np.r_[vis.data.real, vis.data.imag].std()
    assert abs(spread / 0.3 - 1) < 4 / np.sqrt(4 * len(vis))
    np.testing.assert_array_equal(vis.data, observe(VLA, sources=[], sigma=0.3, seed=4, **SETUP).data)
    assert np.all(vis.data != observe(VLA, sources=[], sigma=0.3, seed=5, **SETUP).data)


def test_signal_to_noise_ratio_is_that_of_the_brightest_source():
    vis = observe(VLA, sources=[PointSource(1, 0, 0), PointSource(4, 1e-4, 0)], snr=20, seed=0, **SETUP)
    assert 4 * np.sqrt(vis.sum_weight) == pytest.approx(20)


def test_sefd_per_antenna():
    sefd = np.linspace(300, 600, 27)
    vis = observe(VLA, sources=[], sefd=sefd, bandwidth=1e6, integration=9.0, seed=0, **SETUP)
    expected = 4 * 1e6 * 9.0 / (sefd[vis.antenna1] * sefd[vis.antenna2])
    np.testing.assert_allclose(vis.weight, expected)


def test_channels_scale_the_baselines():
    vis = observe(VLA, sources=[], sigma=1.0, seed=0, **{**SETUP, "frequency": [1e9, 2e9]})
    np.testing.assert_allclose(vis.uvw[1::2], 2 * vis.uvw[::2])
    assert len(vis) == 2 * 4 * 27 * 26 // 2


def test_samples_below_the_elevation_limit_are_counted():
    low = {**SETUP, "hour_angles": np.linspace(-3, 3, 7), "declination": -0.3}
    vis = observe(VLA, sources=[], sigma=1.0, seed=0, elevation_limit=np.radians(15), **low)
    lost = vis.account.dropped["below the elevation limit"]
    assert vis.account.read == 7 * 351 == lost + len(vis)
    sine = np.sin(VLA.latitude) * np.sin(-0.3) + np.cos(VLA.latitude) * np.cos(-0.3) * np.cos(low["hour_angles"])
    assert len(vis) == 351 * np.count_nonzero(np.arcsin(sine) > np.radians(15))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"sigma": None}, DataError),
        ({"snr": 3.0}, DataError),
        ({"sigma": 0.0}, DataError),
        ({"sigma": None, "snr": 5.0}, DataError),
        ({"declination": 34.0}, DataError),
        ({"declination": -1.5}, DataError),
        ({"frequency": 0.0}, DataError),
        ({"hour_angles": [np.nan]}, DataError),
        ({"image": np.zeros((3, 3))}, DataError),
        ({"image": np.zeros((3, 3)), "grid": Grid(4, cell=1e-5)}, GridError),
    ],
)
def test_wrong_arguments_are_refused(change, error):
    with pytest.raises(error):
        observe(VLA, **{"sources": [], "sigma": 1.0, "seed": 0, **SETUP, **change})


def test_sources_beyond_the_horizon_are_refused():
    with pytest.raises(GridError, match="horizon"):
        PointSource(1.0, 0.8, 0.8)
    with pytest.raises(GridError, match="minor"):
        GaussianSource(1.0, 0.0, 0.0, 1e-4, 2e-4)


# longest baselines in metres: VLA A-D 36.4, 11.1, 3.4, 1.03 km (VLA status summary), VLBA 8611 km
@pytest.mark.parametrize(
    ("name", "antennas", "longest"),
    [
        ("vla.a", 27, 36.4e3),
        ("vla.b", 27, 11.1e3),
        ("vla.c", 27, 3.4e3),
        ("vla.d", 27, 1.03e3),
        ("vlba", 10, 8.611e6),
    ],
)
def test_layouts_have_their_published_size(name, antennas, longest):
    layout = array(name)
    assert len(layout.names) == len(set(layout.names)) == antennas
    lengths = np.linalg.norm(layout.xyz[:, None] - layout.xyz[None], axis=-1)
    assert lengths.max() == pytest.approx(longest, rel=0.02)
    if name != "vlba":
        assert np.ptp(layout.enu[:, 2]) < 0.01 * np.ptp(layout.enu[:, 0])  # the frame is that of the ground


def test_every_layout_loads_and_unknown_names_are_listed():
    for name in array_names():
        assert array(name).name == name
    with pytest.raises(DataError, match=r"vla\.a, vla\.b"):
        array("vla.e")


def test_offsets_survive_the_turn_to_earth_centred_axes():
    enu = np.array([[10.0, 20.0, 1.0], [-10.0, 0.0, 0.0], [0.0, -20.0, -1.0]])
    layout = Array.from_enu("three", enu, latitude=-0.7, longitude=2.0, diameter=1.0)
    np.testing.assert_allclose(layout.enu, enu - enu.mean(axis=0), atol=1e-8)
