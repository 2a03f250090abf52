"""Where a source lies: East to the left, position angles from North through East, in the image and in the data."""

import numpy as np
import pytest

from bayesim.errors import BayesimWarning
from bayesim.operators import Dft
from bayesim.sky import Grid
from bayesim.sources import (
    AsTruth,
    Crescent,
    Gaussian,
    Inclined,
    MRing,
    Offset,
    Point,
    PowerLawSpectrum,
    Rotated,
    Stretched,
    UniformDisk,
)

GRID = Grid(64, cell=1e-8)
CELL = GRID.cell


def centroid(image):
    return float((image.sum(axis=0) @ GRID.l) / image.sum()), float((image.sum(axis=1) @ GRID.m) / image.sum())


def moments(image):
    """Return the position angle of the major axis and the ratio of the axes."""
    l, m = centroid(image)
    dl, dm = GRID.l[None, :] - l, GRID.m[:, None] - m
    ll, mm, lm = (float((image * p).sum() / image.sum()) for p in (dl**2, dm**2, dl * dm))
    low, high = np.linalg.eigvalsh([[ll, lm], [lm, mm]])
    return 0.5 * np.arctan2(2 * lm, mm - ll), np.sqrt(low / high)


def test_a_source_in_the_east_is_on_the_left_and_one_in_the_north_above():
    image = Offset(Point(2.0), l=10 * CELL, m=5 * CELL).image(GRID)
    row, column = np.unravel_index(np.argmax(image), image.shape)
    assert (row, column) == (32 + 5, 32 - 10)
    assert image[row, column] == 2.0
    assert np.count_nonzero(image) == 1


def test_a_point_between_pixels_keeps_its_flux_and_place():
    image = Offset(Point(2.0), l=3.3 * CELL, m=-5.6 * CELL).image(GRID)
    assert image.sum() == pytest.approx(2.0, rel=1e-14)
    assert centroid(image) == pytest.approx((3.3 * CELL, -5.6 * CELL), rel=1e-12)


def test_a_rotation_takes_north_to_the_east():
    north = Offset(Point(1.0), l=0.0, m=10 * CELL)
    assert centroid(Rotated(north, "90 deg").image(GRID)) == pytest.approx((10 * CELL, 0.0), abs=1e-9 * CELL)
    assert centroid(Rotated(north, "30 deg").image(GRID)) == pytest.approx(
        (5 * CELL, 10 * CELL * np.cos(np.pi / 6)), rel=1e-9
    )


@pytest.mark.parametrize("angle", [20.0, 70.0, -40.0])
def test_the_major_axis_lies_at_the_position_angle(angle):
    ellipse = Stretched(Gaussian(1.0, 16 * CELL), axis_ratio=0.5, position_angle=f"{angle} deg")
    tilted = Inclined(UniformDisk(1.0, 50 * CELL), inclination="60 deg", position_angle=f"{angle} deg")
    for source in (ellipse, tilted):
        found, ratio = moments(source.image(GRID))
        assert np.degrees(found) == pytest.approx(angle, abs=0.05)
        assert ratio == pytest.approx(0.5, abs=0.01)


def test_the_bright_side_of_rings_and_crescents_is_at_the_position_angle():
    angle = 0.8
    along = np.array([np.sin(angle), np.cos(angle)])
    ring = MRing(1.0, 40 * CELL, width=5 * CELL, cosine=[0.3 * np.cos(angle)], sine=[0.3 * np.sin(angle)])
    crescent = Rotated(Crescent(1.0, 50 * CELL, hole=0.6, shift=0.8), angle)
    for source in (ring, crescent):
        place = np.array(centroid(source.image(GRID)))
        assert place @ along > 2 * CELL
        assert abs(place @ [along[1], -along[0]]) < 1e-3 * CELL
    assert crescent.image(GRID).min() >= 0.0
    # the first moment of a thin ring: beta_1 times its radius
    thin = MRing(1.0, 40 * CELL, width=0.0, cosine=[0.3], sine=[0.0])
    assert centroid(thin.image(GRID)) == pytest.approx((0.0, 6 * CELL), abs=1e-6 * CELL)


def test_the_image_shows_even_brightness():
    image = UniformDisk(1.0, 40 * CELL).image(GRID)
    flat = image[24:41, 24:41]
    assert flat.std() / flat.mean() < 0.005
    assert np.ptp(flat) / flat.mean() < 0.04
    assert flat.mean() == pytest.approx(CELL**2 / (np.pi * (20 * CELL) ** 2), rel=2e-3)


def test_flux_outside_the_grid_is_reported():
    with pytest.warns(BayesimWarning, match=r"1 Jy of Offset lie outside the grid"):
        assert not np.any(Offset(Point(1.0), l=1e-5, m=0.0).image(GRID))


def test_a_spectrum_scales_every_visibility():
    u, frequency = np.array([1e6, 2e6, 3e6]), np.array([1e9, 2e9, 4e9])
    disk = UniformDisk(1.5, 5 * CELL)
    steep = PowerLawSpectrum(disk, spectral_index=-0.5, frequency=frequency, reference="1 GHz")
    ratio = AsTruth(steep).visibilities(u, u, u) / AsTruth(disk).visibilities(u, u, u)
    np.testing.assert_allclose(ratio, [1.0, 0.5**0.5, 0.5], rtol=1e-14)


def test_the_image_and_the_operator_agree_on_every_sign():
    source = Offset(Rotated(Crescent(1.0, 20 * CELL, hole=0.6, shift=0.8), 0.7), l=8 * CELL, m=-5 * CELL)
    u, v = np.random.default_rng(1).uniform(-2e6, 2e6, (2, 30))
    error = Dft.on_grid(u, v, None, GRID).forward(source.image(GRID)) - AsTruth(source).visibilities(u, v, 0 * u)
    assert np.abs(error).max() < 5e-3
