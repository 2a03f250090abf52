"""Priors with hidden variables: what their draws are known to be."""

import numpy as np
import pymc as pm
import pytest
from scipy import integrate, stats

from bayesim.errors import ModelError
from bayesim.priors import (
    R2D2,
    CorrelatedField,
    LogNormalFlux,
    RegularisedHorseshoe,
    Simplex,
    SpikeAndSlab,
    TotalFlux,
)


def draws(prior, *, count, shape=(6, 5), also=()):
    with pm.Model(coords={"m": range(shape[0]), "l": range(shape[1])}) as model:
        sky = prior.variable("sky", dims=("m", "l"))
    return pm.draw([sky, *(model[name] for name in also)], draws=count, random_seed=7)


def test_a_gamma_flux_on_a_flat_simplex_is_independent_exponential_pixels():
    class Gamma:
        def variable(self, name):
            return pm.Gamma(name, alpha=30.0, beta=1.7)

    (skies,) = draws(TotalFlux(flux=Gamma(), shape=Simplex()), count=200)
    assert stats.kstest(skies.ravel(), stats.expon(scale=1 / 1.7).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(skies[:, 0, 0], skies[:, 3, 2])[0, 1]) < 4 / np.sqrt(200)


@pytest.mark.parametrize("shape", [(6, 5), (12, 10)])
def test_the_total_flux_does_not_depend_on_the_number_of_pixels(shape):
    prior = TotalFlux(flux=LogNormalFlux(3.0, factor=1.5), shape=Simplex(0.3))
    skies, flux = draws(prior, count=200, shape=shape, also=["sky_flux"])
    assert skies.sum((1, 2)) == pytest.approx(flux)
    assert stats.kstest(np.log(flux / 3) / np.log(1.5), "norm").pvalue > 1e-3


def test_a_simplex_has_its_total():
    (skies,) = draws(Simplex(0.5, total=2.0), count=20)
    assert skies.sum((1, 2)) == pytest.approx(2)
    assert np.all(skies >= 0)


def test_the_horseshoe_knows_how_many_sources_it_expects():
    prior = RegularisedHorseshoe(expected=3, noise=0.1, slab=1.0)
    assert prior.global_scale(30) == pytest.approx(3 / 27 * 0.1)
    with pytest.raises(ModelError, match="30 pixels"):
        RegularisedHorseshoe(expected=30, noise=0.1, slab=1.0).global_scale(30)


def test_the_slab_bounds_the_horseshoe():
    prior = RegularisedHorseshoe(expected=29.9, noise=1e6, slab=1.0, slab_dof=1e4)
    (skies,) = draws(prior, count=200)
    # far above the slab every pixel is Gaussian of the slab's width
    assert stats.kstest(skies.ravel(), "norm").pvalue > 1e-3
    positive = RegularisedHorseshoe(expected=3, noise=0.1, slab=1.0, positive=True)
    assert draws(positive, count=20)[0].min() >= 0


@pytest.mark.parametrize("positive", [False, True])
def test_centred_pixels_of_a_horseshoe_have_the_same_prior_in_their_own_places(positive):
    prior = RegularisedHorseshoe(expected=6, noise=0.1, slab=1.0, positive=positive)
    with pm.Model(coords={"m": range(2), "l": range(5)}) as model:
        sky = prior.variable("sky", dims=("m", "l"), centred=np.array([1, 7]))
    skies, fluxes = pm.draw([sky, model["sky_flux"]], draws=2000, random_seed=7)
    flat = skies.reshape(-1, 10)
    np.testing.assert_array_equal(flat[:, [1, 7]], fluxes)
    (apart,) = draws(prior, count=2000, shape=(2, 5))
    for held in (1, 7):
        assert stats.ks_2samp(flat[:, held], apart.reshape(-1, 10)[:, held]).pvalue > 1e-3
    assert stats.ks_2samp(flat[:, 2], apart.reshape(-1, 10)[:, 2]).pvalue > 1e-3
    assert len(model["sky_local"].eval()) == 8
    for wrong in ([7, 1], [3, 10], [-1]):
        with model, pytest.raises(ModelError, match="ascending indices below 10"):
            prior.variable("other", dims=("m", "l"), centred=np.array(wrong))


def test_r2_is_the_share_of_the_signal():
    prior = R2D2(noise=0.2, concentration=0.5)
    skies, r2 = draws(prior, count=4000, also=["sky_r2"])
    power = (skies**2).sum((1, 2)) / (0.04 * r2 / (1 - r2))
    assert power.mean() == pytest.approx(1, abs=4 * power.std() / np.sqrt(4000))


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("pull", [-3.0, 0.0, 40.0])
def test_the_conditional_of_a_pixel_is_bayes_rule(positive, pull):
    prior = SpikeAndSlab(0.1, slab=1.0, positive=positive)
    found = prior.conditional(np.array([pull]), np.array([100.0]))
    slab = stats.halfnorm if positive else stats.norm
    grid = np.linspace(0 if positive else -9, 9, 200_001)
    weight = slab.pdf(grid) * np.exp(pull * grid - 50 * grid**2)
    evidence = integrate.simpson(weight, x=grid)
    assert found.log_odds[0] == pytest.approx(np.log(evidence / 9), abs=1e-6)
    assert prior.probability(np.array([pull]), np.array([100.0]))[0] == pytest.approx(evidence / (9 + evidence))
    if not positive:
        assert found.mean[0] == pytest.approx(integrate.simpson(weight * grid, x=grid) / evidence)


def test_the_relaxed_spike_is_a_normalised_mixture():
    with pm.Model(coords={"m": range(2), "l": range(1)}) as model:
        SpikeAndSlab(0.2, slab=1.0, spike=0.1).variable("sky", dims=("m", "l"))
    x = np.array([[0.05], [1.2]])
    exact = np.log(0.8 * stats.norm.pdf(x, scale=0.1) + 0.2 * stats.norm.pdf(x)).sum()
    assert float(model.compile_logp()({"sky": x})) == pytest.approx(exact)


def test_a_point_mass_is_refused_with_its_reason():
    with pm.Model(coords={"m": range(2), "l": range(1)}), pytest.raises(ModelError, match="point mass"):
        SpikeAndSlab(0.2, slab=1.0).variable("sky", dims=("m", "l"))
    with pytest.raises(ModelError, match="spike 0"):
        SpikeAndSlab(0.2, slab=1.0, spike=0.1).conditional(np.zeros(1), np.ones(1))


def test_the_density_of_a_correlated_field_has_slopes():
    with pm.Model(coords={"m": range(6), "l": range(5)}) as model:
        CorrelatedField(2.0).variable("field", dims=("m", "l"))
        pm.Potential("data", -((model["field"] - 2.5) ** 2).sum())
    point = model.initial_point(random_seed=1)
    slopes, value = model.compile_dlogp()(point), model.compile_logp()
    assert np.all(np.isfinite(slopes))
    names, step, at = [v.name for v in model.value_vars], 1e-5, 0
    assert names
    for name in names:
        flat = np.atleast_1d(np.asarray(point[name], dtype=float)).ravel()
        ahead, behind = (flat.copy() for _ in range(2))
        ahead[0] += step
        behind[0] -= step
        shape = np.shape(point[name])
        rise = value({**point, name: ahead.reshape(shape)}) - value({**point, name: behind.reshape(shape)})
        assert slopes[at] == pytest.approx(rise / (2 * step), rel=1e-4, abs=1e-4)
        at += flat.size


def test_a_correlated_field_has_its_fluctuations_and_its_slope():
    prior = CorrelatedField(2.0, slope=-3.0, slope_sd=1e-6, flexibility=0.0)
    skies, level, width = draws(prior, count=200, shape=(32, 32), also=["sky_level", "sky_fluctuations"])
    field = (np.log(skies) - np.log(level)[:, None, None]) / width[:, None, None]
    assert (field**2).mean() == pytest.approx(1, abs=0.15)
    power = (np.abs(np.fft.fft2(field)) ** 2).mean(axis=0)
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(32)))
    used = k > 0
    assert np.polyfit(np.log(k[used]), np.log(power[used]), 1)[0] == pytest.approx(-3, abs=0.05)
    assert abs(np.log(level / 2).mean()) < 4 * np.log(3) / np.sqrt(200)


def test_flexibility_bends_the_spectrum():
    straight, bent = (CorrelatedField(1.0, slope_sd=1e-6, flexibility=f) for f in (0.0, 2.0))
    spread = []
    for prior in (straight, bent):
        skies, width = draws(prior, count=100, shape=(16, 16), also=["sky_fluctuations"])
        power = np.abs(np.fft.fft2(np.log(skies) / width[:, None, None])) ** 2
        spread.append(np.log(power[:, 0, 8] / power[:, 0, 1]).std())
    assert spread[1] > 1.3 * spread[0]


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: CorrelatedField(-1.0), "level -1"),
        (lambda: CorrelatedField(1.0, level_factor=1.0), "level_factor 1"),
        (lambda: CorrelatedField(1.0, flexibility=-0.1), "flexibility -0.1"),
        (lambda: LogNormalFlux(1.0, factor=0.5), "factor 0.5"),
        (lambda: R2D2(0.1, mean=1.0), "one_minus_mean"),
        (lambda: Simplex(0.0), "concentration 0"),
        (lambda: SpikeAndSlab(1.0, slab=1.0), "inclusion 1"),
        (lambda: SpikeAndSlab(0.5, slab=1.0, spike=2.0), "spike 2"),
        (lambda: RegularisedHorseshoe(expected=1, noise=-1.0, slab=1.0), "noise -1"),
    ],
)
def test_a_number_out_of_range_is_named(make, word):
    with pytest.raises(ModelError, match=word):
        make()


def test_dims_that_the_model_does_not_know_are_named():
    with pm.Model(), pytest.raises(ModelError, match=r"\['m', 'l'\]"):
        Simplex().variable("sky", dims=("m", "l"))
