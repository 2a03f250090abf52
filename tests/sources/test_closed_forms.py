"""Closed forms against formulas written down another way, integrals, and the NumPy truths of simulations."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import j0, j1

from bayesim.data import GaussianSource, PointSource
from bayesim.sources import (
    AsTruth,
    Binary,
    Gaussian,
    GaussianRings,
    LinearLimbDarkenedDisk,
    Offset,
    Point,
    Points,
    PowerLawLimbDarkenedDisk,
    QuadraticLimbDarkenedDisk,
    RadialProfile,
    Ring,
    Stretched,
    Sum,
    ThickRing,
    UniformDisk,
)

MAS = np.pi / 180 / 3600e3
SIZE = 8 * MAS
Q = np.linspace(0.0, 6.0, 25) / SIZE


def seen(source, u=Q, v=None, w=None):
    zero = np.zeros_like(u)
    return AsTruth(source).visibilities(u, zero if v is None else v, zero if w is None else w)


def hankel(brightness, edge, q):
    """Return ``2 pi int I(r) J0(2 pi q r) r dr`` by adaptive quadrature in units of the edge."""
    value = quad(lambda r: brightness(r) * j0(2 * np.pi * q * edge * r) * r, 0, 1, limit=400, epsabs=1e-13)[0]
    return value / quad(lambda r: brightness(r) * r, 0, 1, epsabs=1e-13)[0]


def test_gaussian_and_disk_to_eight_digits():
    gaussian = 1.7 * np.exp(-((np.pi * SIZE * Q) ** 2) / (4 * np.log(2)))
    assert np.abs(seen(Gaussian(1.7, SIZE)) - gaussian).max() < 1e-12
    x = np.pi * SIZE * Q[1:]
    assert np.abs(seen(UniformDisk(1.7, SIZE))[1:] - 1.7 * 2 * j1(x) / x).max() < 1e-12
    assert seen(UniformDisk(1.7, SIZE))[0] == 1.7


@pytest.mark.parametrize(
    ("source", "brightness"),
    [
        (LinearLimbDarkenedDisk(1.0, SIZE, limb_darkening=0.6), lambda mu: 1 - 0.6 * (1 - mu)),
        (PowerLawLimbDarkenedDisk(1.0, SIZE, limb_darkening=0.1404), lambda mu: mu**0.1404),
        (
            QuadraticLimbDarkenedDisk(1.0, SIZE, q1=0.49, q2=0.3),
            lambda mu: 1 - 0.42 * (1 - mu) - 0.28 * (1 - mu) ** 2,
        ),
    ],
    ids=["linear", "power law", "quadratic"],
)
def test_limb_darkening_is_the_hankel_transform_of_its_law(source, brightness):
    expected = [hankel(lambda r: brightness(np.sqrt(1 - r * r)), SIZE / 2, q) for q in Q]
    assert np.abs(seen(source) - expected).max() < 1e-9


def test_laws_meet_where_they_are_the_same():
    linear = seen(LinearLimbDarkenedDisk(1.0, SIZE, limb_darkening=1.0))
    assert np.abs(linear - seen(PowerLawLimbDarkenedDisk(1.0, SIZE, limb_darkening=1.0))).max() < 1e-14
    # q2 = 1/2 leaves the linear law of coefficient sqrt(q1)
    kipping = seen(QuadraticLimbDarkenedDisk(1.0, SIZE, q1=0.25, q2=0.5))
    assert np.abs(kipping - seen(LinearLimbDarkenedDisk(1.0, SIZE, limb_darkening=0.5))).max() < 1e-14


def test_rings_blur_into_each_other():
    thin = seen(Ring(1.0, SIZE))
    assert np.abs(thin - j0(np.pi * SIZE * Q)).max() < 1e-14
    thick = seen(ThickRing(1.0, SIZE, width=0.2 * SIZE))
    assert np.abs(thick - thin * seen(Gaussian(1.0, 0.2 * SIZE))).max() < 1e-14
    rings = GaussianRings([0.7, 0.3], [SIZE, 0.0], [0.2 * SIZE, 0.5 * SIZE])
    assert np.abs(seen(rings) - 0.7 * thick - 0.3 * seen(Gaussian(1.0, 0.5 * SIZE))).max() < 1e-14


@pytest.mark.parametrize("last", [0.0, 0.4], ids=["ends at zero", "ends with a step"])
def test_radial_profile_is_the_hankel_transform_of_its_interpolation(last):
    knots = np.array([0.0, 0.1, 0.25, 0.4, 0.7, 1.0])
    value = np.array([1.0, 0.4, 0.9, 0.2, 0.3, last])
    source = RadialProfile(knots * SIZE, value / SIZE**2)
    q = Q[::4]
    found = seen(source, q) / source.flux
    parts = [
        quad(
            lambda r, s=2 * np.pi * x * SIZE: np.interp(r * r, knots**2, value) * j0(s * r) * r,
            0,
            1,
            points=knots[1:-1],
            limit=400,
        )[0]
        for x in q
    ]
    assert np.abs(found - np.array(parts) / parts[0]).max() < 1e-9
    assert source.flux == pytest.approx(2 * np.pi * parts[0], rel=1e-9)


def test_a_fine_profile_is_the_disk_that_it_samples():
    knots = np.linspace(0.0, SIZE, 201)
    profile = RadialProfile(knots, np.exp(-0.5 * (knots / (0.2 * SIZE)) ** 2))
    fwhm = 0.2 * SIZE * np.sqrt(8 * np.log(2))
    # linear interpolation between knots costs their distance squared
    assert np.abs(seen(profile) / profile.flux - seen(Gaussian(1.0, fwhm))).max() < 2e-4


def wide(n=60):
    return np.random.default_rng(5).uniform(-3e3, 3e3, (3, n))


def test_points_carry_the_w_term():
    u, v, w = wide()
    l, m, flux = [0.01, -0.03], [0.02, 0.005], [1.0, 0.4]
    expected = sum(PointSource(*star).visibilities(u, v, w) for star in zip(flux, l, m, strict=True))
    assert np.abs(seen(Points(flux, l, m), u, v, w) - expected).max() < 1e-11
    offsets = Sum([Offset(Point(f), l=a, m=b) for f, a, b in zip(flux, l, m, strict=True)])
    assert np.abs(seen(offsets, u, v, w) - expected).max() < 1e-11


def test_binary_is_two_points():
    u, v, w = wide()
    pair = Binary(1.2, flux_ratio=0.5, separation=0.02, position_angle="90 deg")
    expected = seen(Points([0.8, 0.4], [0.0, 0.02], [0.0, 0.0]), u, v, w)
    assert np.abs(seen(pair, u, v, w) - expected).max() < 1e-11


def test_offset_ellipse_is_the_gaussian_of_the_simulations_with_w():
    u, v, w = wide()
    major, minor, angle = 2e-5, 8e-6, 0.6
    truth = GaussianSource(1.3, l=0.02, m=-0.01, major=major, minor=minor, position_angle=angle)
    ellipse = Stretched(Gaussian(1.3, major), axis_ratio=minor / major, position_angle=angle)
    found = seen(Offset(ellipse, l=0.02, m=-0.01), u, v, w)
    # the curvature across the source, which the truth expands, is pi |w| sigma^2
    assert np.abs(found - truth.visibilities(u, v, w)).max() < 2 * np.pi * 3e3 * major**2
    assert np.abs(found - truth.visibilities(u, v, 0 * w)).max() > 0.1
