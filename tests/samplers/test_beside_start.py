"""Sources first, then the pixels that they leave: one start for the model of both."""

import numpy as np
import pymc as pm
import pytest

from bayesim import data
from bayesim.conventions import ARCSEC
from bayesim.errors import ModelError
from bayesim.likelihoods import ComplexGaussian
from bayesim.priors import HalfCauchyRate, NoiseScale
from bayesim.samplers import start_beside
from bayesim.samplers._first_point import FirstPoint
from bayesim.sky import Grid
from bayesim.solvers import beside_sources
from bayesim.sources import AsTruth, Gaussian, Offset, Sum

GRID = Grid(32, cell=0.25 * ARCSEC)
NARROW = Grid(4, cell=0.25 * ARCSEC)
KNOT = (16 + 8) * 32 + 16 - 10
"""2 arcsec to the North, 2.5 arcsec to the East."""


def blob(*, flux, east):
    return Sum([Offset(Gaussian(flux, 1.0 * ARCSEC), l=ARCSEC * east, m=0.0)])


@pytest.fixture(scope="module")
def vis():
    """A blob of 1 Jy in the West and a knot of 0.3 Jy."""
    truth = (AsTruth(blob(flux=1.0, east=-1.0)), data.PointSource(0.3, 2.5 * ARCSEC, 2.0 * ARCSEC))
    seen = {"declination": 0.6, "hour_angles": [0.2], "frequency": 8e9, "sigma": 0.02, "seed": 1}
    return data.observe(data.array("vla.b"), sources=truth, **seen)


def alone(vis):
    likelihood = ComplexGaussian(vis)
    with pm.Model(coords=likelihood.coords) as model:
        sky = blob(flux=pm.HalfNormal("flux", 2.0), east=pm.Normal("east", 0.0, 1.0))
        scale = NoiseScale(10.0).variable("noise_scale")
        likelihood.observe("visibilities", sky.visibility(*likelihood.baselines), noise_scale=scale)
    return model


def test_the_pixels_are_the_mode_of_what_the_sources_leave(vis):
    model = alone(vis)
    image, start = start_beside(model, blob, vis, GRID, names=("flux", "east"), seed=3, climbs=2)
    assert image.indices.tolist() == [KNOT]
    found = {name: float(start.values[name]) for name in ("flux", "east", "noise_scale")}
    assert found["flux"] == pytest.approx(1.0, abs=0.1)
    assert found["east"] == pytest.approx(-1.0, abs=0.1)
    assert found["noise_scale"] > 1.5  # the image is missing
    fitted = blob(flux=found["flux"], east=found["east"])
    again = beside_sources(vis, fitted.sources, GRID, noise_scale=found["noise_scale"])
    np.testing.assert_array_equal(start.values["image"], again.fluxes)
    assert float(start.values["lambda"]) == pytest.approx(1.0 / again.fluxes.mean())
    assert start.grid is GRID
    assert "highest of 2 climbs" in start.rule
    assert "mode of what they leave" in start.rule
    with model:
        image.points("image", rate=HalfCauchyRate(1.0 / vis.sigma_image).variable("lambda"))
    first = FirstPoint(model, start)
    np.testing.assert_allclose(first.values["image_log__"], np.log(again.fluxes))
    assert all(np.isfinite(value).all() for value in first.point(1).values())


def test_sources_that_leave_nothing_are_refused(vis):
    # one arcsecond about the phase centre: the data tell no pixel there from the blob
    with pytest.raises(ModelError, match="no pixel: 2 fringes"):
        start_beside(alone(vis), blob, vis, NARROW, names=("flux", "east"), seed=3, climbs=1)
