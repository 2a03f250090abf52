"""A model whose data are replaced computes what a new model would; its calibration finds a wrong prior."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr

from bayesim.data import closure_phases, from_arrays
from bayesim.errors import ModelError
from bayesim.likelihoods import ClosurePhase, ComplexGaussian, ImagePlane
from bayesim.operators import measure
from bayesim.priors import NoiseScale, PositiveLaplace
from bayesim.samplers import Whitened
from bayesim.sky import Grid
from bayesim.sources import Gaussian
from bayesim.validation import ImagePlaneData, judge_ranks, sbc
from bayesim.validation._swappable import DIRTY, ENERGY, swappable

GRID = Grid(3, cell=1e-5)


def seen(seed=0, n=30):
    rng = np.random.default_rng(seed)
    u, v = np.random.default_rng(99).uniform(-4e4, 4e4, (2, n))
    noise = rng.standard_normal((2, n))
    return from_arrays(u, v, 0.3 + noise[0] + 1j * noise[1], sigma=np.full(n, 1.0))


def image_model(statistics):
    with pm.Model(coords=GRID.coords) as model:
        scale = NoiseScale(1.5).variable("noise_scale")
        image = PositiveLaplace(3.0).variable("image", dims=("m", "l"))
        ImagePlane(statistics).observe("visibilities", image, noise_scale=scale)
    return model


def point_of(model):
    return {
        value.name: np.full(rv.shape.eval(), 0.1) for rv, value in model.rvs_to_values.items() if rv in model.free_RVs
    }


def test_an_image_plane_model_with_other_data_is_that_of_the_other_data():
    first, second = (measure(seen(seed), GRID) for seed in (0, 1))
    model, other = image_model(first), image_model(second)
    swap = swappable(model, statistics=first)
    value = swap.model.compile_logp(mode="FAST_COMPILE")
    point = point_of(model)
    before = float(model.compile_logp(mode="FAST_COMPILE")(point))
    assert float(value(point)) == pytest.approx(before, rel=1e-12)
    swap.data[DIRTY].set_value(second.dirty)
    swap.data[ENERGY].set_value(np.array(second.energy))
    expected = float(other.compile_logp(mode="FAST_COMPILE")(point))
    assert abs(expected - before) > 1
    assert float(value(point)) == pytest.approx(expected, rel=1e-12)
    # the model itself is as it was
    assert float(model.compile_logp(mode="FAST_COMPILE")(point)) == before


def parametric(vis, phases):
    gaussian, closures = ComplexGaussian(vis), ClosurePhase(phases)
    with pm.Model(coords={**gaussian.coords, **closures.coords}) as model:
        source = Gaussian(pm.HalfNormal("flux", 1.0), 1e-5)
        gaussian.observe("visibilities", source.visibility(*gaussian.baselines))
        closures.observe("phases", source.visibility(*closures.baselines), noise_scale=pm.HalfNormal("scale", 1.0))
    return model


def triangle(seed):
    rng = np.random.default_rng(seed)
    u = np.array([1e4, 2e4, 3e4])
    data = 0.5 + 0.1 * (rng.standard_normal(3) + 1j * rng.standard_normal(3))
    pairs = {"antenna1": np.array([0, 1, 0]), "antenna2": np.array([1, 2, 2])}
    return from_arrays(u, 0 * u, data, sigma=np.full(3, 0.1), time=np.zeros(3), frequency=np.full(3, 1e9), **pairs)


def test_observed_variables_with_other_data_are_those_of_the_other_data():
    first, second = triangle(0), triangle(1)
    template = closure_phases(first)
    model = parametric(first, template)
    swap = swappable(model, statistics=None)
    assert set(swap.data) == {"visibilities", "phases"}
    swap.data["visibilities"].set_value(np.stack([second.data.real, second.data.imag]))
    swap.data["phases"].set_value(template.value + 0.2)
    changed = type(template)(**{**vars(template), "value": template.value + 0.2})
    other = parametric(second, changed)
    point = point_of(model)
    found, expected = (each.compile_logp(mode="FAST_COMPILE")(point) for each in (swap.model, other))
    assert float(found) == pytest.approx(float(expected), rel=1e-12)


def test_own_initial_values_stay_with_the_original():
    with pm.Model() as model:
        x = pm.Normal("x", 0.0, 1.0, initval=3.0)
        pm.Normal("y", x, 1.0, observed=np.ones(2))
    swap = swappable(model, statistics=None)
    assert model.initial_point()["x"] == 3.0
    found, expected = (each.compile_logp(mode="FAST_COMPILE")({"x": 0.5}) for each in (swap.model, model))
    assert float(found) == pytest.approx(float(expected), rel=1e-12)


def scalar_model():
    with pm.Model() as model:
        x = pm.Normal("x", 0.0, 1.0)
        pm.Normal("y", x, 1.0, observed=np.zeros(4))
    return model


COUNTS = {"replicates": 40, "draws": 150, "tune": 150, "kept": 49}


@pytest.mark.slow
def test_a_model_is_calibrated_for_its_own_prior():
    found = sbc(scalar_model(), seed=5, **COUNTS)
    assert [str(name) for name in found["quantity"].values] == ["x", "log_likelihood"]
    verdict = judge_ranks(found)
    assert verdict.passed, verdict.headline
    assert "truth" in found.attrs["label"]


@pytest.mark.slow
def test_a_model_is_not_calibrated_for_another_prior():
    wider = xr.Dataset({"x": ("sample", 3.0 * np.random.default_rng(1).standard_normal(40))})
    against = judge_ranks(sbc(scalar_model(), seed=5, prior=wider, **COUNTS))
    assert not against.passed
    assert "x" in against.outside


@pytest.mark.slow
def test_an_image_plane_model_is_calibrated_for_its_own_prior_only():
    vis = seen()
    statistics = measure(vis, GRID)
    model = image_model(statistics)
    options = {"names": ("noise_scale", "image"), "image_plane": ImagePlaneData(vis, statistics), **COUNTS}
    found = sbc(model, seed=5, **options)
    assert {str(name) for name in found["quantity"].values} == {
        "noise_scale", "sum(image)", "image[middle]", "log_likelihood",
    }  # fmt: skip
    assert judge_ranks(found).passed, judge_ranks(found).headline
    rng = np.random.default_rng(1)
    # images four times as bright as the model thinks
    wrong = {
        "noise_scale": ("sample", rng.lognormal(0.0, np.log(1.5), 40)),
        "image": (("sample", "m", "l"), rng.exponential(4.0 / 3.0, (40, 3, 3))),
    }
    assert "sum(image)" in judge_ranks(sbc(model, seed=5, prior=xr.Dataset(wrong), **options)).outside


def test_the_statistics_drawn_are_those_of_visibilities_of_the_image(rng):
    vis = seen()
    data = ImagePlaneData(vis, measure(vis, GRID))
    image = rng.exponential(1.0, GRID.shape)
    drawn = [data.draw(image, noise_scale=2.0, rng=np.random.default_rng(k)) for k in range(400)]
    expected = data.draw(image, noise_scale=0.0, rng=rng)
    spread = np.std([each.dirty for each in drawn], axis=0)
    np.testing.assert_allclose(spread, 2.0 * vis.sum_weight**0.5, rtol=0.2)
    mean = np.mean([each.dirty for each in drawn], axis=0)
    np.testing.assert_allclose(mean, expected.dirty, atol=5 * 2.0 * (vis.sum_weight / 400) ** 0.5)
    noise = np.mean([each.energy for each in drawn]) - expected.energy
    assert noise == pytest.approx(4.0 * 2 * len(vis), rel=0.1)


def test_what_cannot_be_calibrated_is_refused():
    statistics = measure(seen(), GRID)
    with pytest.raises(ModelError, match="pass those that were measured"):
        ImagePlaneData(seen(1), statistics)
    with pytest.raises(ModelError, match="ImagePlaneData"):
        sbc(image_model(statistics), seed=1)
    with pytest.raises(ModelError, match="same object"):
        sbc(image_model(statistics), seed=1, image_plane=ImagePlaneData(seen(1), measure(seen(1), GRID)))
    with pm.Model() as empty:
        x = pm.Normal("x")
    with pytest.raises(ModelError, match="no data"):
        sbc(empty, seed=1)
    with empty:
        pm.Potential("penalty", -x)
    with pytest.raises(ModelError, match="rank_study"):
        sbc(empty, seed=1)
    with pm.Model() as plain:
        x = pm.Normal("x")
        pm.Normal("y", x, observed=np.zeros(2))
    with pytest.raises(ModelError, match="no variable"):
        sbc(plain, seed=1, names=("z",))
    with pytest.raises(ModelError, match="one independent draw"):
        sbc(plain, seed=1, prior=xr.Dataset({"x": ("sample", np.zeros(3))}))
    with pytest.raises(ModelError, match="LowRank"):
        sbc(plain, seed=1, adaptation=Whitened())


def test_a_transform_that_cuts_the_prior_is_found():
    # on top of PyMC's logarithm, which leaves nothing below 1
    with pm.Model() as cut:
        x = pm.HalfNormal("x", 0.1, transform=pm.distributions.transforms.log_exp_m1)
        pm.Normal("y", x, observed=np.zeros(2))
    with pytest.raises(ModelError, match="cannot reach"):
        sbc(cut, seed=1)
