"""The example observation: its truth table says what is in the visibilities."""

import numpy as np
import pytest

from bayesim.cli._field import plan_grid
from bayesim.conventions import ARCSEC
from bayesim.data import enforce, examine, example

MAJOR, MINOR, ANGLE = 9 * ARCSEC, 5 * ARCSEC, np.radians(30.0)


@pytest.fixture(scope="module")
def observed():
    return example(seed=1)


def closed_form(vis, truth):
    """The visibilities of the table, written out here: points, and a coplanar Gaussian about its centre."""
    model = np.zeros(len(vis), dtype=complex)
    for row in truth:
        l, m = np.radians([row["l"], row["m"]])
        turns = vis.u * l + vis.v * m + vis.w * (np.sqrt(1 - l**2 - m**2) - 1)
        source = row["flux"] * np.exp(-2j * np.pi * turns)
        if row["kind"] == "extended":
            along = MAJOR * (vis.u * np.sin(ANGLE) + vis.v * np.cos(ANGLE))
            across = MINOR * (vis.u * np.cos(ANGLE) - vis.v * np.sin(ANGLE))
            source *= np.exp(-(np.pi**2) / (4 * np.log(2)) * (along**2 + across**2))
        model += source
    return model


def chi_squared(vis, model):
    """Reduced: every visibility has two real components."""
    return float(np.sum(vis.weight * np.abs(vis.data - model) ** 2)) / (2 * len(vis))


def test_a_seed_gives_one_observation(observed):
    vis, truth = observed
    again, same = example(seed=1)
    assert again.digest == vis.digest
    assert all(np.array_equal(truth[name], same[name]) for name in truth.colnames)


def test_another_seed_changes_the_noise_and_nothing_else(observed):
    vis, truth = observed
    other, same = example(seed=2)
    np.testing.assert_array_equal(other.uvw, vis.uvw)
    np.testing.assert_array_equal(other.weight, vis.weight)
    assert all(np.array_equal(truth[name], same[name]) for name in truth.colnames)
    difference = np.sqrt(vis.weight / 2) * (other.data - vis.data)
    assert difference.real.std() == pytest.approx(1, abs=0.04)
    assert difference.imag.std() == pytest.approx(1, abs=0.04)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_truth_fits_to_the_noise(seed):
    vis, truth = example(seed=seed)
    # five standard deviations of a chi-squared of 17 550 degrees of freedom
    assert chi_squared(vis, closed_form(vis, truth)) == pytest.approx(1, abs=5 * np.sqrt(1 / len(vis)))


@pytest.mark.parametrize("change", ["mirrored", "without the faintest", "a flux 10 % up", "a source 1 arcsec off"])
def test_another_sky_does_not_fit(observed, change):
    vis, truth = observed
    other = truth.copy()
    if change == "mirrored":
        other["l"] *= -1
    elif change == "without the faintest":
        other.remove_row(int(np.argmin(other["flux"])))
    elif change == "a flux 10 % up":
        other["flux"][0] *= 1.1
    else:
        other["m"][0] += 1 / 3600
    worse = chi_squared(vis, closed_form(vis, other)) - chi_squared(vis, closed_form(vis, truth))
    # in units of chi-squared: SNR 5 is worth 25 +- 10
    assert worse * 2 * len(vis) > 5


def test_signal_to_noise_ratios_are_as_stated(observed):
    vis, truth = observed
    np.testing.assert_allclose(truth["snr"], truth["flux"] / vis.sigma_image, rtol=1e-12)
    assert vis.sigma_image == pytest.approx(2e-4, rel=1e-12)
    points = truth[truth["kind"] == "point"]
    assert len(points) == 12
    assert len(truth) == 13
    assert points["snr"].min() == pytest.approx(5)
    assert points["snr"].max() == pytest.approx(200)


def test_every_flux_is_measured_within_its_error(observed):
    """Least squares for the thirteen fluxes at their places: the deviations are standard normal."""
    vis, truth = observed
    columns = np.stack([closed_form(vis, truth[[k]]) for k in range(len(truth))], axis=1) / truth["flux"]
    whitened = np.sqrt(vis.weight)[:, None] * columns
    curvature = (whitened.conj().T @ whitened).real
    fluxes = np.linalg.solve(curvature, (whitened.conj().T @ (np.sqrt(vis.weight) * vis.data)).real)
    score = (fluxes - truth["flux"]) / np.sqrt(np.diag(np.linalg.inv(curvature)))
    assert np.abs(score).max() < 4
    assert 0.4 < score.std() < 1.8


def test_all_sources_lie_apart_inside_the_default_field(observed):
    vis, truth = observed
    grid = plan_grid(vis, fov=None, npix=None, cell=None)
    assert grid.shape == (512, 512)
    enforce(tuple(found for found in examine(vis, grid=grid) if found.subject != "w term"))
    l, m, radius = (np.radians(truth[name]) for name in ("l", "m", "radius"))
    assert np.all(np.maximum(np.abs(l), np.abs(m)) + radius < 0.5 * min(grid.fov))
    distance = np.hypot(l[:, None] - l, m[:, None] - m)
    np.fill_diagonal(distance, np.inf)
    assert distance.min() > 16 * ARCSEC
    assert np.all(distance > radius[:, None] + radius)


def test_no_point_lies_on_a_pixel(observed):
    vis, truth = observed
    cell = plan_grid(vis, fov=None, npix=None, cell=None).cell
    points = truth[truth["kind"] == "point"]
    pixels = np.radians(np.stack([points["l"], points["m"]])) / cell
    offset = np.abs(pixels - np.rint(pixels)).max(axis=0)
    assert offset.min() > 0.01
    assert np.median(offset) > 0.1
