"""Modes of smooth models: exact where linear algebra is, PolyCLEAN's where it knows, refused where there is none."""

import numpy as np
import pymc as pm
import pytensor
import pytest
from pytensor.compile.mode import Mode as Compilation

from bayesim.errors import ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import (
    HalfCauchyRate,
    Laplace,
    PositiveLaplace,
    SpectralTV,
    StarletLaplace,
    TotalSquaredVariation,
    TotalVariation,
    UVSparsity,
)
from bayesim.samplers import start_at
from bayesim.samplers._first_point import FirstPoint
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, dirty_start, find_mode
from models import positive_laplace

COORDS = {"m": range(4), "l": range(4)}


@pytest.fixture(autouse=True)
def interpreted():
    with pytensor.config.change_flags(mode=Compilation(linker="py", optimizer="fast_compile")):
        yield


@pytest.fixture(scope="module")
def statistics():
    vis = positive_laplace.simulated(1)
    return measure(vis, Grid(12, cell=1.0 / (2.2 * vis.longest_baseline)))


def test_a_gaussian_posterior_has_its_mean_as_its_mode(rng):
    design, data = rng.normal(size=(20, 4)), rng.normal(size=20)
    with pm.Model() as model:
        x = pm.Normal("x", 0.0, 0.5, shape=4)
        pm.Deterministic("total", x.sum())
        pm.Normal("data", pm.math.dot(design, x), 0.3, observed=data)
    mode = find_mode(model, seed=1)
    exact = np.linalg.solve(design.T @ design / 0.09 + np.eye(4) / 0.25, design.T @ data / 0.09)
    np.testing.assert_allclose(mode.values["x"], exact, atol=1e-6)
    assert float(mode.derived["total"]) == pytest.approx(exact.sum(), abs=1e-6)
    assert mode.converged
    assert mode.agree == mode.climbs == 4
    assert mode.gradient["x"] < 1e-4
    unfinished = find_mode(model, seed=1, draws=1, max_evaluations=2)
    assert not unfinished.converged
    assert unfinished.decrement > 1e-6
    assert unfinished.log_density < mode.log_density


def test_positive_pixels_are_those_of_polyclean(statistics):
    equations = Coplanar(statistics)
    prior = PositiveLaplace(0.1 * statistics.dirty.max())
    model = positive_laplace.build(statistics, rate=prior.rate)
    mode = find_mode(model, seed=1, starts=[{"image": dirty_start(equations)}], draws=0)
    certified = PolyClean(relative_gap=1e-9).solve(equations, prior)
    np.testing.assert_allclose(mode.values["image"], certified.image, atol=1e-3 * certified.image.max())
    gap = _objective(equations, prior, mode.values["image"]) - certified.objective
    assert abs(gap) < 1e-6
    assert np.count_nonzero(mode.values["image"] == 0) > 100
    assert mode.climbs == 1
    # chains can start there: nothing is on its bound, and bright pixels are narrow
    start = start_at(mode, model)
    point = FirstPoint(model, start).point(1)
    assert all(np.isfinite(value).all() for value in point.values())
    peak = np.unravel_index(np.argmax(certified.image), certified.image.shape)
    assert start.spread["image"][peak] == pytest.approx(certified.sigma_image / certified.image[peak], rel=0.1)
    assert "climbs agree" in start.rule


def _objective(equations, prior, image):
    return 0.5 * equations.residual(np.arange(image.size), image.ravel()).energy + prior.value(image)


def test_the_mode_is_in_the_coordinates_of_the_variables_and_of_the_highest_hill():
    with pm.Model() as model:
        scale = pm.LogNormal("scale", 0.0, 0.5)
        x = pm.Uniform("x", -10.0, 10.0)
        low, high = -0.5 * pm.math.sqr(x + 3.0) - 4.0, -0.5 * pm.math.sqr((x - 2.0) / 0.5)
        pm.Potential("hills", pm.math.logaddexp(low, high))
    mode = find_mode(model, seed=1, draws=12)
    # the density of the logarithm has its mode at 1, that of the variable at exp(-sd^2)
    assert float(mode.values["scale"]) == pytest.approx(np.exp(-0.25), rel=1e-3)
    assert float(mode.values["x"]) == pytest.approx(2.0, abs=1e-3)
    assert 1 <= mode.agree < mode.climbs == 12
    assert scale.name in mode.gradient


def test_the_dirty_start_has_the_best_brightness(statistics):
    equations = Coplanar(statistics)
    x = dirty_start(equations)
    costs = [equations.residual(np.arange(x.size), factor * x.ravel()).energy for factor in (0.99, 1.0, 1.01)]
    assert costs[1] < min(costs[0], costs[2])
    assert x.min() > 0


@pytest.mark.parametrize(
    ("prior", "solver"),
    [
        (Laplace(2.0), "PolyClean"),
        (TotalVariation(2.0, level=1.0), "solve_regularised"),
        (StarletLaplace(2.0, level=1.0, levels=1), "solve_regularised"),
        (UVSparsity(2.0, cell=1.0, q_max=0.3, level=1.0), "kink"),
        (SpectralTV(2.0, level=1.0), "kink"),
    ],
    ids=lambda item: type(item).__name__,
)
def test_kinks_are_refused_with_the_solver_that_knows_them(prior, solver):
    with pm.Model(coords=COORDS) as model:
        prior.variable("image", dims=("m", "l"))
    with pytest.raises(ModelError, match=solver):
        find_mode(model, seed=1)


@pytest.mark.parametrize("make", [PositiveLaplace, lambda rate: TotalSquaredVariation(rate, level=1.0)])
def test_a_free_lambda_is_refused_with_the_reason(make):
    with pm.Model(coords=COORDS) as model:
        make(HalfCauchyRate(1.0).variable("lambda")).variable("image", dims=("m", "l"))
    with pytest.raises(ModelError, match=r"\['lambda'\] set the scale of 'image'"):
        find_mode(model, seed=1)


def test_a_free_centre_is_no_scale_and_bad_models_are_refused():
    with pm.Model() as model:
        centre = pm.Normal("centre", 0.0, 10.0)
        x = pm.Normal("x", centre, 1.0, shape=3)
        pm.Normal("data", x, 1.0, observed=[1.0, 2.0, 3.0])
    assert find_mode(model, seed=1, draws=1).converged
    with pytest.raises(ModelError, match="which the model does not have"):
        find_mode(model, seed=1, starts=[{"y": np.zeros(3)}])
    with pm.Model() as counted:
        pm.Poisson("count", 3.0)
    with pytest.raises(ModelError, match="discrete"):
        find_mode(counted, seed=1)
    with pytest.raises(ModelError, match="no free variable"):
        find_mode(pm.Model(), seed=1)
