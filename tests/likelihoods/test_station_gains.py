"""Gains of stations: explicit products, degenerate as documented, and found again with the flux of the image."""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor
import pytest
from pytensor.compile.mode import Mode
from scipy.optimize import minimize

from bayesim.data import Groups, PointSource, array, by_interval, observe
from bayesim.errors import ModelError
from bayesim.likelihoods import (
    ComplexGaussian,
    Gains,
    PerVisibility,
    StationGains,
    best_self_calibrated,
    self_calibrated_phases,
)
from bayesim.sky import Grid

SIZE = 2e-9
"""Radians: a third of the beam."""
AMPLITUDE, PHASE = 0.1, 0.5
REFERENCE = "OV"
CALIBRATOR = (PointSource(1.0, 0.0, 0.0),)


def simulated(sigma=0.01, *, sources=CALIBRATOR):
    """Return six stations of the VLBA in three intervals of two moments each, with gains, and these gains."""
    hours = [-0.6, -0.599, 0.0, 0.001, 0.6, 0.601]
    sky = {"sources": sources, "declination": 0.6, "hour_angles": hours, "frequency": 5e9}
    clean = observe(array("vlba"), **sky, sigma=sigma, seed=None)
    vis = clean.select((clean.antenna1 < 6) & (clean.antenna2 < 6), reason="six stations are enough")
    gains = StationGains(vis, by_interval(vis, length=600.0), reference=REFERENCE)
    rng = np.random.default_rng(5)
    logs, phases = AMPLITUDE * rng.standard_normal(gains.shape), PHASE * rng.standard_normal(gains.shape)
    phases[:, gains.place] = 0.0
    factor = np.exp(logs + 1j * phases)
    one, two = (factor[gains.intervals.index, s] for s in (gains.pairs.first, gains.pairs.second))
    noise = sigma * (rng.standard_normal(len(vis)) + 1j * rng.standard_normal(len(vis)))
    vis = replace(vis, data=one * two.conj() * vis.data + noise)
    return StationGains(vis, gains.intervals, reference=REFERENCE), Gains(logs, phases)


def value_of(variable):
    return pytensor.function([], variable, mode=Mode(linker="py", optimizer=None))()


def test_corruption_is_the_product_with_one_gain_and_the_conjugate_of_the_other():
    gains, truth = simulated()
    rng = np.random.default_rng(1)
    model = rng.standard_normal((2, len(gains.vis)))
    seen = value_of(gains.corrupted(model, truth))
    for k in range(0, len(gains.vis), 7):
        when = gains.intervals.index[k]
        antennas = gains.vis.antenna1[k], gains.vis.antenna2[k]
        one, two = (gains.pairs.labels.index(gains.vis.antenna_names[a]) for a in antennas)
        g = [np.exp(truth.log_amplitude[when, s] + 1j * truth.phase[when, s]) for s in (one, two)]
        expected = g[0] * g[1].conj() * (model[0, k] + 1j * model[1, k])
        assert seen[0, k] + 1j * seen[1, k] == pytest.approx(expected, rel=1e-12)


def test_what_is_degenerate_changes_nothing():
    gains, truth = simulated()
    model = np.stack([np.ones(len(gains.vis)), np.zeros(len(gains.vis))])
    seen = value_of(gains.corrupted(model, truth))
    turned = Gains(truth.log_amplitude, truth.phase + np.array([[0.3], [-1.0], [2.0]]))
    np.testing.assert_allclose(value_of(gains.corrupted(model, turned)), seen, atol=1e-13)
    louder = Gains(truth.log_amplitude + 0.2, truth.phase)
    np.testing.assert_allclose(value_of(gains.corrupted(np.exp(-0.4) * model, louder)), seen, atol=1e-13)


def test_self_calibration_finds_the_phases():
    gains, truth = simulated(sigma=1e-6)
    found = self_calibrated_phases(gains, np.ones(len(gains.vis), dtype=complex))
    np.testing.assert_allclose(found, truth.phase, atol=1e-4)
    with pytest.raises(ModelError, match="one per visibility"):
        self_calibrated_phases(gains, np.ones(3, dtype=complex))


def test_the_sky_that_calibrates_best_is_the_true_one():
    gains, _ = simulated(sigma=1e-3)
    right = np.ones(len(gains.vis), dtype=complex)
    turned = right * np.exp(2j * np.random.default_rng(2).standard_normal(right.size))
    best, phases = best_self_calibrated(gains, [turned, right, 0.2 * right])
    assert best == 1
    np.testing.assert_array_equal(phases, self_calibrated_phases(gains, right))
    with pytest.raises(ModelError, match="one at least"):
        best_self_calibrated(gains, [])


def test_a_flux_in_the_gains_is_the_same_model():
    gains, truth = simulated()
    own, taken, flux = problem(gains, smooth=False), flux_in_gains(gains), 1.3
    phases = np.delete(truth.phase, gains.place, axis=1)
    point = {"flux_log__": np.log(flux), "gain_phase": phases, "gain_log_amplitude": truth.log_amplitude}
    moved = {**point, "gain_log_amplitude": truth.log_amplitude + 0.5 * np.log(flux)}
    density = [model.compile_logp(mode="FAST_COMPILE") for model in (own, taken)]
    assert density[1](moved) == pytest.approx(density[0](point), rel=1e-10)
    # where the flux alone moves by five standard deviations of each datum, only the other model's data object
    fixed = {"gain_phase": phases, "gain_log_amplitude": truth.log_amplitude}
    falls = [log({**fixed, "flux_log__": 0.0}) - log({**fixed, "flux_log__": 0.05}) for log in density]
    assert falls[0] > 100
    assert abs(falls[1]) < 10


def flux_in_gains(gains):
    likelihood = ComplexGaussian(gains.vis)
    with pm.Model(coords={**likelihood.coords, **gains.coords}) as model:
        flux = pm.LogNormal("flux", 0.0, 1.0)
        solved = gains.independent("gain", amplitude=AMPLITUDE, phase=PHASE, mean=0.5 * pm.math.log(flux))
        ones = np.stack([np.ones(len(gains.vis)), np.zeros(len(gains.vis))])
        likelihood.observe("visibilities", gains.corrupted(ones, solved))
    return model


def problem(gains, *, smooth):
    likelihood = ComplexGaussian(gains.vis)
    with pm.Model(coords={**likelihood.coords, **gains.coords}) as model:
        flux = pm.LogNormal("flux", 0.0, 1.0)
        options = {"amplitude": AMPLITUDE, "phase": PHASE}
        solved = gains.smooth("gain", length=600.0, **options) if smooth else gains.independent("gain", **options)
        ones = np.stack([np.ones(len(gains.vis)), np.zeros(len(gains.vis))])
        likelihood.observe("visibilities", gains.corrupted(flux * ones, solved))
    return model


@pytest.mark.parametrize("smooth", [False, True])
def test_density_and_slope(smooth):
    gains, _ = simulated()
    model = problem(gains, smooth=smooth)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(3)
    for _ in range(10):
        point = {k: 0.1 * rng.standard_normal(np.shape(x)) for k, x in model.initial_point().items()}
        along = {k: rng.standard_normal(np.shape(x)) for k, x in point.items()}
        ahead, behind = (value({k: x + s * along[k] for k, x in point.items()}) for s in (1e-6, -1e-6))
        exact = slope(point) @ np.concatenate([np.ravel(along[v.name]) for v in model.value_vars])
        assert (ahead - behind) / 2e-6 == pytest.approx(exact, rel=1e-6, abs=1e-3)


def mode_and_covariance(model):
    """Return the mode and the inverse of minus the second derivative there, by the names of the variables."""
    order, shapes = [v.name for v in model.value_vars], {k: np.shape(x) for k, x in model.initial_point().items()}
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    ends = np.cumsum([0, *(int(np.prod(shapes[k])) for k in order)])

    def point(x):
        return {k: x[a:b].reshape(shapes[k]) for k, a, b in zip(order, ends[:-1], ends[1:], strict=True)}

    found = minimize(lambda x: -value(point(x)), np.zeros(ends[-1]), jac=lambda x: -slope(point(x)), method="BFGS")
    curvature = np.array([slope(point(found.x - h)) - slope(point(found.x + h)) for h in 1e-5 * np.eye(ends[-1])])
    covariance = np.linalg.inv(0.5 * (curvature + curvature.T) / 2e-5)
    return point(found.x), point(np.sqrt(np.diag(covariance))), covariance


def test_gains_and_flux_are_found_within_their_posterior():
    gains, truth = simulated()
    mode, deviation, _ = mode_and_covariance(problem(gains, smooth=False))
    pulls = {
        "amplitude": (mode["gain_log_amplitude"] - truth.log_amplitude) / deviation["gain_log_amplitude"],
        "phase": (mode["gain_phase"] - np.delete(truth.phase, gains.place, axis=1)) / deviation["gain_phase"],
        "flux": mode["flux_log__"] / deviation["flux_log__"],
    }
    for name, pull in pulls.items():
        assert np.abs(pull).max() < 3.5, name
        assert np.sqrt(np.mean(np.square(pull))) < 1.5, name
    # only the prior holds the scale: no flux is known better than all gains together allow
    bound = 2 * AMPLITUDE / np.sqrt(gains.shape[0] * gains.shape[1])
    assert deviation["flux_log__"] == pytest.approx(bound, rel=0.05)
    # phases are held by the data, far better than by their prior
    assert deviation["gain_phase"].max() < 0.05 * PHASE


def test_a_gaussian_process_has_its_covariance_and_its_reference():
    gains, _ = simulated()
    with pm.Model(coords=gains.coords) as model:
        solved = gains.smooth("gain", amplitude=0.2, phase=[1, 2, 1, 1, 1, 1], length=5000.0)
    draws = pm.draw([solved.log_amplitude, solved.phase], draws=4000, random_seed=1, mode="FAST_COMPILE")
    time = np.array([gains.vis.time[gains.intervals.index == k].mean() for k in range(3)]) * 86400
    x = np.sqrt(3) * np.abs(time[:, None] - time) / 5000.0
    np.testing.assert_allclose(np.cov(draws[0][:, :, 0].T), 0.04 * (1 + x) * np.exp(-x), atol=0.004)
    assert np.all(draws[1][:, :, gains.place] == 0)
    assert draws[1][:, :, 1].std() == pytest.approx(2.0, rel=0.05)
    assert model.named_vars_to_dims["gain_phase"] == ("interval", "phased_station")


def test_the_flux_of_an_image_is_found_with_the_gains():
    grid = Grid(6, cell=SIZE)
    fluxes = {21: 1.0, 14: 0.5}
    sources = tuple(PointSource(f, *(float(x[0]) for x in grid.directions(np.array([k])))) for k, f in fluxes.items())
    gains, truth = simulated(sigma=3e-3, sources=sources)
    likelihood = PerVisibility(gains.vis, grid)
    with pm.Model(coords={**likelihood.coords, **gains.coords}) as model:
        pixels = pm.LogNormal("image", -5.0, 2.0, dims=("m", "l"))
        solved = gains.independent("gain", amplitude=AMPLITUDE, phase=PHASE)
        likelihood.noise.observe("visibilities", gains.corrupted(likelihood.predict(pixels), solved))
    mode, deviation, _ = mode_and_covariance(model)
    image = np.exp(mode["image_log__"]).ravel()
    # the scale is held by the prior of the gains, the ratio by the data
    bound = 2 * AMPLITUDE / np.sqrt(gains.shape[0] * gains.shape[1])
    assert image.sum() == pytest.approx(1.5, rel=3 * bound)
    assert image[14] / image[21] == pytest.approx(0.5, rel=0.03)
    pull = (mode["gain_log_amplitude"] - truth.log_amplitude) / deviation["gain_log_amplitude"]
    assert np.abs(pull).max() < 3.5


def test_labels_and_refusals():
    gains, _ = simulated()
    assert gains.label == "gains of 6 stations in 3 intervals, phases against OV"
    last = gains.intervals.index == 2
    away = ~(last & ((gains.pairs.first == gains.place) | (gains.pairs.second == gains.place)))
    vis = gains.vis.select(away, reason="the reference is away")
    without = StationGains(vis, by_interval(vis, length=600.0), reference=REFERENCE)
    assert "absent from 1" in without.label
    with pytest.raises(ModelError, match="no station is called 'XX'"):
        StationGains(vis, without.intervals, reference="XX")
    with pytest.raises(ModelError, match="make them anew"):
        StationGains(vis, Groups(np.zeros(3, dtype=int), ("all",)), reference=REFERENCE)
    with pm.Model(coords=gains.coords):
        with pytest.raises(ModelError, match="one standard deviation, or one per station"):
            gains.independent("gain", amplitude=[0.1, 0.1], phase=1.0)
        with pytest.raises(ModelError, match="positive seconds"):
            gains.smooth("gain", amplitude=0.1, phase=1.0, length=0.0)
