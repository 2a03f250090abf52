"""What a source takes and refuses: units, variables, lengths."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from astropy import units

from bayesim.errors import GridError, ModelError
from bayesim.sky import Grid
from bayesim.sources import Gaussian, MRing, Offset, Point, Points, PowerLawSpectrum, RadialProfile, Sum, UniformDisk

MAS = np.pi / 180 / 3600e3


def test_units_are_read():
    disk = UniformDisk("1200 mJy", 8 * units.mas)
    assert disk.flux == pytest.approx(1.2)
    assert disk.diameter == pytest.approx(8 * MAS)
    profile = RadialProfile([0, 1, 2] * units.arcsec, [3, 2, 1] * units.Jy / units.arcsec**2)
    per_sr = (1 / units.arcsec**2).to_value(1 / units.sr)
    np.testing.assert_allclose(profile.brightness, np.array([3, 2, 1]) * per_sr)


def test_variables_pass_and_the_graph_depends_on_them():
    with pm.Model() as model:
        flux, fwhm = pm.HalfNormal("flux"), pm.HalfNormal("fwhm")
        seen = pm.Deterministic("seen", Gaussian(flux, fwhm).visibility([0.0, 1.0], [0.0, 0.0]))
    assert seen.type.shape == (2, 2)
    draw = pm.draw([flux, fwhm, model["seen"]], random_seed=1)
    assert draw[2][0, 0] == draw[0]
    assert draw[2][0, 1] == pytest.approx(draw[0] * np.exp(-((np.pi * draw[1]) ** 2) / (4 * np.log(2))))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: UniformDisk(1.0, "8 Jy"), GridError, "diameter = '8 Jy' is not in rad"),
        (lambda: UniformDisk("8 mas", 1.0), GridError, "flux = '8 mas' is not in Jy"),
        (lambda: UniformDisk(1.0, -1.0), ModelError, "diameter = -1.0 must not be negative"),
        (lambda: UniformDisk(np.nan, 1.0), ModelError, "flux = nan must be finite"),
        (lambda: MRing(1.0, 1.0, 0.0, [0.1], [0.1, 0.2]), ModelError, r"lengths \[1, 2\]"),
        (lambda: MRing(1.0, 1.0, 0.0, pt.dvector(), pt.dvector()), ModelError, "for its length to be known"),
        (lambda: MRing(1.0, 1.0, 0.0, 0.1, 0.2), ModelError, "give a vector"),
        (lambda: Points([1.0, 2.0], [0.0], [0.0]), ModelError, r"lengths \[2, 1, 1\]"),
        (lambda: RadialProfile([0.1, 1.0], [1.0, 1.0]), ModelError, "the first of them 0"),
        (lambda: RadialProfile([0.0, 2.0, 1.0], np.ones(3)), ModelError, "ascending"),
        (lambda: RadialProfile([0.0, 1.0], np.ones(3)), ModelError, "3 values for 2 knots"),
        (lambda: RadialProfile(pt.dvector(), np.ones(3)), ModelError, "radius of RadialProfile is a variable"),
        (lambda: Sum(()), ModelError, "a sum needs sources"),
        (lambda: Sum((Point(1.0), 3.0)), ModelError, "a sum needs sources"),
        (lambda: Offset(3.0, l=0.0, m=0.0), ModelError, "Offset needs a source"),
    ],
)
def test_bad_parameters_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_vector_may_get_its_length_from_the_dims_of_the_model():
    knots = np.linspace(0.0, 1.0, 4)
    with pm.Model(coords={"knot": knots}):
        profile = RadialProfile(knots, pm.math.exp(pm.Normal("log_brightness", dims="knot")))
        points = Points(pm.Normal("fluxes", dims="knot"), l=1e-3 * knots, m=0.0 * knots)
    for source in (profile, points):
        flux, seen = pm.draw([source.flux, source.visibility([0.0], [0.0])], random_seed=1)
        assert seen[:, 0] == pytest.approx([float(flux), 0.0], rel=1e-12)


def test_an_image_of_a_variable_is_refused():
    grid = Grid(8, cell=1e-6)
    with pytest.raises(ModelError, match="fwhm of Gaussian is a variable: an image needs numbers"):
        Gaussian(1.0, pt.dscalar()).image(grid)
    with pytest.raises(ModelError, match="l of Offset is a variable"):
        Offset(Point(1.0), l=pt.dscalar(), m=0.0).image(grid)


def test_a_sum_adds_fluxes_and_images():
    grid = Grid(32, cell=1e-6)
    disk, point = UniformDisk(1.0, 9e-6), Offset(Point(0.25), l=3e-6, m=0.0)
    both = disk + point
    assert both.flux == 1.25
    np.testing.assert_allclose(both.image(grid), disk.image(grid) + point.image(grid), atol=1e-15)
    assert len((both + point).sources) == 2


def test_frequencies_of_another_length_are_refused():
    source = PowerLawSpectrum(Point(1.0), -0.7, frequency=np.full(3, 1e9), reference=1e9)
    with pytest.raises(ModelError, match=r"3 frequencies for visibilities of shape \(4,\)"):
        source.visibility(np.zeros(4), np.zeros(4))
