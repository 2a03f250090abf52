"""The likelihood of model visibilities: its constants, its gradient, and skies of images and sources together."""

import numpy as np
import pymc as pm
import pytest

from bayesim.data import PointSource, array, observe
from bayesim.likelihoods import ComplexGaussian, PerVisibility, log_normaliser
from bayesim.sky import Grid
from bayesim.sources import AsTruth, Inclined, Offset, Point, UniformDisk

SIZE = 2e-5
TRUTH = {"diameter": SIZE, "inclination": 0.8, "flux": 1.2}


def sky(diameter, inclination, flux):
    disk = Inclined(UniformDisk(flux, diameter), inclination=inclination, position_angle=0.5)
    return disk + Offset(Point(0.3), l=3e-5, m=-1e-5)


@pytest.fixture(scope="module")
def vis():
    return observe(
        array("vla.a"),
        sources=[AsTruth(sky(**TRUTH))],
        declination=0.6,
        hour_angles=[-0.5, 0.0, 0.5],
        frequency=1.4e9,
        sigma=0.1,
        seed=3,
    ).select(np.arange(3 * 351) % 10 == 0, reason="thinned")


@pytest.fixture(scope="module")
def model(vis):
    likelihood = ComplexGaussian(vis)
    with pm.Model(coords=likelihood.coords) as model:
        names = {name: pm.Flat(name) for name in TRUTH}
        scale = pm.Flat("noise_scale")
        likelihood.observe("visibilities", sky(**names).visibility(*likelihood.baselines), noise_scale=scale)
    return model


def test_the_truth_of_a_simulation_is_the_source(vis):
    seen = AsTruth(Offset(Point(0.3), l=3e-5, m=-1e-5)).visibilities(vis.u, vis.v, vis.w)
    # the other one rounds n - 1 to an ulp of 1, times w
    assert np.abs(seen - PointSource(0.3, 3e-5, -1e-5).visibilities(vis.u, vis.v, vis.w)).max() < 1e-10
    pull = np.abs(vis.data - AsTruth(sky(**TRUTH)).visibilities(vis.u, vis.v, vis.w)) ** 2 * vis.weight
    assert pull.mean() == pytest.approx(2.0, abs=0.5)


@pytest.mark.parametrize("scale", [1.0, 0.4, 3.0])
def test_log_likelihood_has_every_constant(vis, model, scale):
    found = model.compile_logp(mode="FAST_COMPILE")({**TRUTH, "noise_scale": scale})
    expected = AsTruth(sky(**TRUTH)).visibilities(vis.u, vis.v, vis.w)
    energy = np.sum(vis.weight * np.abs(vis.data - expected) ** 2)
    right = log_normaliser(vis.weight) - 2 * len(vis) * np.log(scale) - 0.5 * energy / scale**2
    assert found == pytest.approx(right, abs=1e-6)


def test_compiled_gradient_equals_central_differences_and_is_finite_at_zero_size(model):
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp()
    point = {"diameter": 1.1 * SIZE, "inclination": 0.7, "flux": 1.0, "noise_scale": 1.3}
    for index, variable in enumerate(model.value_vars):
        step = 1e-5 * point[variable.name]
        ahead, behind = (value({**point, variable.name: point[variable.name] + s * step}) for s in (1, -1))
        assert slope(point)[index] == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-6)
    assert np.all(np.isfinite(slope({**point, "diameter": 0.0})))


def test_an_image_and_sources_are_observed_together(vis):
    grid = Grid(8, cell=1e-5)
    image = np.random.default_rng(2).exponential(0.1, grid.shape)
    likelihood = PerVisibility(vis, grid)
    source = Offset(UniformDisk(1.2, SIZE), l=1e-5, m=2e-5)
    with pm.Model(coords=likelihood.coords) as hybrid:
        pixels = pm.Flat("image", dims=("m", "l"))
        seen = source.visibility(*likelihood.noise.baselines)
        likelihood.noise.observe("visibilities", likelihood.predict(pixels) + seen)
    model = likelihood.operator.forward(image) + AsTruth(source).visibilities(vis.u, vis.v, vis.w)
    energy = np.sum(vis.weight * np.abs(vis.data - model) ** 2)
    found = hybrid.compile_logp(mode="FAST_COMPILE")({"image": image})
    assert found == pytest.approx(log_normaliser(vis.weight) - 0.5 * energy, abs=1e-6)
    assert hybrid.named_vars_to_dims["visibilities"] == ("component", "visibility")
